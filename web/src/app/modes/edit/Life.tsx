// The way of a plan into force: where it is, who took which step, and what who looks may do next.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

import { plan } from "../../stores/plan";
import { Button, Dialog } from "../../ui/parts";
import { count } from "../../words/words";
import { compare, proceed } from "./steps";
import { closePlan, comparing, life } from "./remote";
import { desk, nameOf } from "./state";
import type { Steps } from "./wire";
import { t } from "./words";

const STEPS = ["submit", "approve", "file", "publish", "return", "withdraw"] as const;
const SHOWN = 8;

export function Life(): JSX.Element | null {
  const note = useSignal("");
  const sure = useSignal(false);
  const now = life.value;
  if (!now) return null;
  const may = STEPS.filter((one) => now.next.includes(one));
  const take = (step: string): void => {
    sure.value = false;
    void proceed(step, note.value).then(() => (note.value = ""));
  };
  return (
    <section data-testid="life" data-state={now.state}>
      <h3>{t("life")}</h3>
      <p>
        {plan.value} · <b>{t(`s_${now.state}` as "s_draft")}</b>
      </p>
      <Taken steps={now.steps} />
      {may.length ? (
        <input
          class="gm-edit-note"
          maxLength={1000}
          placeholder={t("note")}
          aria-label={t("note")}
          value={note.value}
          onInput={(event) => (note.value = event.currentTarget.value)}
        />
      ) : null}
      <div class="gm-edit-buttons">
        {may.map((one, at) => (
          <Button
            key={one}
            label={t(one)}
            kind={at === 0 ? "main" : "plain"}
            onClick={() => {
              if (one === "publish") sure.value = true;
              else take(one);
            }}
          />
        ))}
        <Button label={t("compare")} pressed={comparing.value !== null} onClick={() => void compare()} />
        <Button label={t("close")} onClick={closePlan} />
      </div>
      <Compared />
      {sure.value ? (
        <Dialog title={t("publish")} onClose={() => (sure.value = false)}>
          <p>{t("sure", { plan: plan.value ?? "" })}</p>
          <div class="gm-edit-buttons gm-edit-sure">
            <Button label={t("publish")} kind="main" onClick={() => { take("publish"); }} />
          </div>
        </Dialog>
      ) : null}
    </section>
  );
}

function Taken({ steps }: { steps: Steps["steps"] }): JSX.Element | null {
  if (!steps.length) return null;
  const when = (at: string): string => new Date(at).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
  return (
    <ol class="gm-edit-steps">
      {steps.slice(-SHOWN).map((one) => (
        <li key={`${one.at} ${one.step}`}>
          <span>{t(`d_${one.step}` as "d_submit")}</span>
          <span>{one.user}</span>
          <time dateTime={one.at}>{when(one.at)}</time>
          {one.note ? <q>{one.note}</q> : null}
        </li>
      ))}
    </ol>
  );
}

/** What is other than in the plan in force. */
function Compared(): JSX.Element | null {
  const other = comparing.value;
  if (!other) return null;
  const name = (id: string): string => {
    const slot = desk.value?.model.find(id) ?? -1;
    return slot < 0 ? id || "—" : nameOf(slot);
  };
  const rows = other.grids.toSorted((one, two) => two.households - one.households).slice(0, SHOWN);
  return (
    <div data-testid="compared" data-households={other.households ?? ""}>
      {other.households === null ? null : <p>{t("diff", { n: count(other.households), plan: other.plan })}</p>}
      <p class="gm-quiet-text">{t("diffBorders", { plan: other.plan })}</p>
      <ul class="gm-edit-moved">
        {rows.map((one) => (
          <li key={`${one.from_grid} ${one.to_grid}`}>
            <span>{t("movedTo", { from: name(one.from_grid), to: name(one.to_grid) })}</span>
            <small>{t("movedRow", { h: count(one.households), n: count(one.buildings) })}</small>
          </li>
        ))}
      </ul>
    </div>
  );
}
