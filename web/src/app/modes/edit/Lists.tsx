// What the plan comes to, grid by grid, and what is wrong with it: both follow every stroke.

import { signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import type { PlanModel, Violation } from "../../../editor";
import { tokens } from "../../../tokens";
import { language } from "../../stores/language";
import { Button, Icon, Tabs } from "../../ui/parts";
import { count } from "../../words/words";
import { ICONS } from "./icons";
import { desk, frozen, nameOf, repair, see, selected, turn, visit } from "./state";
import { t } from "./words";

const SHOWN = 30;
const list = signal<"problems" | "table">("problems");

export function Lists(): JSX.Element | null {
  const made = desk.value;
  if (!made || turn.value < 0) return null;
  const found = made.violations.list();
  return (
    <section class="gm-edit-lists">
      <Tabs
        label={t("tables")}
        chosen={list.value}
        tabs={[
          { id: "problems", label: t("wrong", { n: count(found.length) }) },
          { id: "table", label: t("table") },
        ]}
        onChoose={(id) => (list.value = id === "table" ? "table" : "problems")}
      />
      {list.value === "table" ? <Balance model={made.model} /> : <Problems />}
    </section>
  );
}

/** What is wrong, the worst first. */
export function Problems(): JSX.Element | null {
  const made = desk.value;
  if (!made || turn.value < 0) return null;
  const found = made.violations.list();
  if (!found.length) return <p class="gm-quiet-text">{t("noProblems")}</p>;
  return (
    <ul class="gm-edit-problems" data-testid="problems">
      {found.slice(0, SHOWN).map((one) => (
        <li key={`${one.kind} ${one.grid} ${one.compound}`} data-kind={one.kind} data-grid={one.grid}>
          <button type="button" class="gm-edit-problem" title={t("goThere")} onClick={() => { visit(one); }}>
            <Told violation={one} />
          </button>
          <Button label={t("repair")} kind="quiet" disabled={frozen.value} onClick={() => void repair(one)} />
        </li>
      ))}
    </ul>
  );
}

function Told({ violation }: { violation: Violation }): JSX.Element | null {
  const made = desk.value;
  const slot = made?.model.find(violation.grid) ?? -1;
  if (!made || slot < 0) return null;
  const { kind, by, compound } = violation;
  const status = made.model.status(slot);
  const name = made.fabric.compounds.find((one) => one.id === compound)?.name ?? compound;
  const word = kind === "range" ? (status === "over" ? "v_range_over" : "v_range_under") : (`v_${kind}` as const);
  // Grids of several communities have the same name.
  const of = made.fabric.communities.find((one) => one.code === made.model.record(slot).community)?.name ?? "";
  return (
    <>
      <span class={`gm-sign gm-tone-${status}`}>{kind === "range" ? tokens.status[status].sign : "!"}</span>
      <span class="gm-edit-told">
        <span title={`${of} ${nameOf(slot)}`}>
          {nameOf(slot)} <small>{of}</small>
        </span>
        <small>{t(word, { by: count(kind === "parts" || kind === "barrier" ? by + 1 : by), name })}</small>
      </span>
    </>
  );
}

const COLUMNS = ["cGrid", "cHouseholds", "cDistance", "cCompounds", "cBuildings"] as const;

function Balance({ model }: { model: PlanModel }): JSX.Element | null {
  const sort = useSignal<number>(0);
  const near = useSignal(true);
  const chosen = selected.value;
  // The model is the same object all along: the turn tells that its figures are others.
  if (turn.value < 0) return null;
  const community = near.value && chosen >= 0 ? model.record(chosen).community : null;
  const rows = model.grids
    .filter((slot) => community === null || model.record(slot).community === community)
    .map((slot) => ({ slot, figures: model.figures(slot) }));
  if (sort.value === 1) rows.sort((one, other) => other.figures.households - one.figures.households);
  if (sort.value === 2) rows.sort((one, other) => other.figures.distance - one.figures.distance);
  return (
    <>
      <label class="gm-edit-near">
        <input type="checkbox" checked={near.value} disabled={chosen < 0} onChange={(event) => (near.value = event.currentTarget.checked)} />
        {t("ofCommunity")}
      </label>
      <div class="gm-table gm-edit-table" tabIndex={0} role="region" aria-label={t("table")} data-testid="table">
        <table>
          <thead>
            <tr>
              {COLUMNS.map((name, at) => (
                <th key={name} scope="col" class={at ? "gm-number" : ""} aria-sort={sort.value === at && at ? "descending" : undefined}>
                  {at > 2 ? t(name) : <button type="button" title={t("sortBy", { what: t(name) })} onClick={() => (sort.value = at)}>{t(name)}</button>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ slot, figures }) => (
              <Line
                key={slot}
                slot={slot}
                id={model.record(slot).id}
                name={nameOf(slot)}
                locked={model.record(slot).locked}
                status={figures.status}
                said={[figures.households, figures.unknown, figures.distance, figures.compounds, figures.buildings].join(" ")}
                chosen={slot === chosen}
                language={language.value}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface LineProps {
  slot: number;
  id: string;
  name: string;
  locked: boolean;
  status: keyof typeof tokens.status;
  /** Households, buildings whose households nobody knows, households to the range, compounds and buildings. */
  said: string;
  chosen: boolean;
  language: string;
}

/** A grid's row; it is made again only where it says something else. */
function Line(props: LineProps): JSX.Element {
  const { slot, id, name, locked, status, said, chosen } = props;
  return useMemo(() => {
    const [households = 0, unknown = 0, distance = 0, compounds = 0, buildings = 0] = said.split(" ").map(Number);
    return (
      <tr
        class={`gm-choosable${chosen ? " gm-edit-chosen" : ""}`}
        data-grid={id}
        data-households={households}
        data-status={status}
        aria-selected={chosen}
        onClick={() => { see(slot); }}
      >
        <td title={name}>
          <span class={`gm-sign gm-tone-${status}`}>{tokens.status[status].sign}</span>
          <button type="button">{name}</button>
          {locked ? <Icon path={ICONS.lock} size={12} /> : null}
        </td>
        <td class="gm-number">
          {count(households)}
          {unknown ? "+?" : ""}
        </td>
        <td class="gm-number">{distance ? (status === "over" ? "+" : "−") + count(distance) : ""}</td>
        <td class="gm-number">{count(compounds)}</td>
        <td class="gm-number">{count(buildings)}</td>
      </tr>
    );
  }, Object.values(props));
}
