// The card of the selected grid: its name, its figures as released, who answers for it.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { tokens } from "../../tokens";
import type { Answering, GridRow } from "../api/types";
import { balance, rows } from "../stores/plan";
import { city, communities } from "../stores/city";
import { grid, select } from "../stores/selection";
import { f } from "../words/find";
import { t } from "../words/shell";
import { count } from "../words/words";
import { answer, follow } from "./card";
import { Button, type Explained, Figure } from "./parts";

function about(): Explained {
  const totals = balance.value?.totals;
  return {
    basis: city.value?.households_basis,
    date: city.value?.households_as_of,
    source: f("source"),
    rule: totals ? f("range", { low: totals.min_households, high: totals.max_households }) : null,
  };
}

function Head({ row }: { row: GridRow }): JSX.Element {
  const of = communities.value.get(row.community)?.of?.name;
  const around = [of, row.community_name].filter(Boolean).join(" › ");
  return (
    <header>
      <div>
        <h2>{row.name ?? row.code}</h2>
        <p title={around}>{around}</p>
        <p class="gm-code">{row.code}</p>
      </div>
      <Button label={f("close")} hotkey="Esc" icon="M6 6l12 12M18 6L6 18" kind="quiet" onClick={() => { select(null); }} />
    </header>
  );
}

function Figures({ row }: { row: GridRow }): JSX.Element {
  const { sign } = tokens.status[row.status];
  const released = (name: "households" | "residents" | "elders_60") =>
    row[`${name}_suppressed`] ? { value: f("few") } : { value: count(row[name]), unit: f(name === "households" ? "unit" : "persons") };
  return (
    <div class="gm-card-figures">
      <p class={`gm-status gm-tone-${row.status}`}>
        <span aria-hidden="true">{sign}</span> {t(row.status)}
      </p>
      <Figure label={f("households")} about={about()} {...released("households")} />
      <Figure label={f("residents")} {...released("residents")} />
      <Figure label={f("elders")} {...released("elders_60")} />
    </div>
  );
}

/** Return the link that calls a number, null where there are no digits to dial. */
function dial(contact: string | null): string | null {
  const digits = (contact ?? "").replace(/[^0-9+*#]/g, "");
  return digits.length >= 3 ? `tel:${digits}` : null;
}

function Person({ one }: { one: Answering }): JSX.Element {
  const link = dial(one.contact);
  return (
    <li>
      <span>
        <b>{one.holder}</b> <small>{one.title}</small>
      </span>
      {link === null ? null : (
        <a href={link} aria-label={`${f("call", { name: one.holder ?? "" })} ${one.contact ?? ""}`}>
          {one.contact}
        </a>
      )}
    </li>
  );
}

function People({ of }: { of: readonly Answering[] }): JSX.Element {
  return (
    <ul class="gm-people">
      {of.map((one, index) => (
        <Person key={index} one={one} />
      ))}
    </ul>
  );
}

function Answers(): JSX.Element {
  const told = answer.value;
  if (told === null) return <p class="gm-quiet-text">{f("asking")}</p>;
  if (told.failed) return <p class="gm-quiet-text">{f("unanswered")}</p>;
  return (
    <>
      {told.own.length === 0 ? <p class="gm-quiet-text">{f("nobody")}</p> : <People of={told.own} />}
      {told.wider.length === 0 ? null : (
        <details>
          <summary>{f("wider", { n: told.wider.length })}</summary>
          <People of={told.wider} />
        </details>
      )}
    </>
  );
}

export function GridCard(): JSX.Element | null {
  useEffect(follow, []);
  const row = grid.value === null ? undefined : rows.value.get(grid.value);
  if (!row) return null;
  return (
    <section class="gm-card gm-grid-card" aria-label={f("card")} data-grid={row.grid}>
      <Head row={row} />
      <Figures row={row} />
      <h3>{f("answers")}</h3>
      <Answers />
    </section>
  );
}
