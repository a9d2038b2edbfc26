// The bar of tools at the foot of the map, the balance beside the cursor, and what a stroke would break.

import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";

import type { Breach } from "../../../editor";
import { tokens } from "../../../tokens";
import { language } from "../../stores/language";
import { Button, Icon } from "../../ui/parts";
import { count } from "../../words/words";
import { ICONS } from "./icons";
import { answer, breaches, brushM, desk, frozen, lock, nameOf, pointed, selected, step, tool, turn, type Tool } from "./state";
import { t } from "./words";

/** Where the cursor is, in pixels of the map, and how large the map is. */
export const cursor = signal<{ x: number; y: number; wide: number; high: number } | null>(null);

export const KEYS: Record<string, Tool> = {
  "1": "select", "2": "brush", "3": "click", "4": "lasso", "5": "line", "6": "merge", "7": "new", "9": "carry",
}; // prettier-ignore

/** What floats over the map while a plan is on the desk. */
export function Overlay({ children }: { children?: ComponentChildren }): JSX.Element | null {
  if (!desk.value) return null;
  return (
    <>
      <Cursor />
      <div class="gm-edit-foot">
        <Asked />
        {children}
        <Tools />
      </div>
    </>
  );
}

function Tools(): JSX.Element {
  const chosen = selected.value;
  const locked = turn.value >= 0 && chosen >= 0 && desk.value?.model.record(chosen).locked === true;
  return (
    <div class="gm-card gm-edit-bar" role="toolbar" aria-label={t("mode")} inert={frozen.value}>
      {Object.entries(KEYS).map(([key, name]) => (
        <Button
          key={name}
          label={t(name)}
          hotkey={key}
          icon={ICONS[name]}
          kind="quiet"
          pressed={tool.value === name}
          onClick={() => (tool.value = name)}
        />
      ))}
      {tool.value === "brush" ? (
        <label class="gm-edit-size">
          <span class="gm-unseen">{t("size")}</span>
          <input
            type="range"
            min="0"
            max="150"
            step="10"
            value={brushM.value}
            title={t("size")}
            onInput={(event) => (brushM.value = Number(event.currentTarget.value))}
          />
          <span class="gm-number">{t("metres", { n: brushM.value })}</span>
        </label>
      ) : null}
      <i class="gm-edit-gap" />
      <Button label={t(locked ? "unlock" : "lock")} hotkey="8" icon={ICONS.lock} kind="quiet" pressed={locked} disabled={chosen < 0} onClick={lock} />
      <Button label={t("undo")} hotkey="Ctrl+Z" icon={ICONS.undo} kind="quiet" onClick={() => void step("undo")} />
      <Button label={t("redo")} hotkey="Ctrl+Y" icon={ICONS.redo} kind="quiet" onClick={() => void step("redo")} />
    </div>
  );
}

/** The grids that are touched, with households and status as they are now. */
function Cursor(): JSX.Element | null {
  const made = desk.value;
  const at = cursor.value;
  if (!made || !at || turn.value < 0) return null;
  const stroke = made.stroke.value;
  const slots = stroke ? stroke.slots.slice(0, 4) : [...new Set([selected.value, pointed.value])].filter((slot) => slot >= 0);
  if (!slots.length || (!stroke && pointed.value < 0)) return null;
  // Beside the pointer and on the map; on a phone the thumb would cover it, and it keeps to the top.
  const x = Math.min(at.x + 18, at.wide - 220);
  const y = Math.min(at.y + 18, at.high - 60 - 26 * (slots.length + 2));
  const broken = stroke?.size ? stroke.breaches().slice(0, 2) : [];
  return (
    <div
      class={`gm-card gm-edit-cursor${broken.length ? " gm-edit-breaks" : ""}`}
      style={innerWidth >= 720 ? { left: `${x}px`, top: `${y}px` } : {}}
      data-testid="cursor"
    >
      {slots.map((slot) => (
        <Row key={slot} slot={slot} />
      ))}
      {broken.map((one) => (
        <p key={`${one.kind} ${one.slot} ${one.compound}`}>! {told(one)}</p>
      ))}
    </div>
  );
}

export function Row({ slot }: { slot: number }): JSX.Element | null {
  const made = desk.value;
  if (!made || turn.value < 0) return null;
  const { households, status, unknown } = made.model.figures(slot);
  const { id, locked } = made.model.record(slot);
  const sign = tokens.status[status];
  return (
    <div class="gm-edit-row" data-grid={id}>
      <span class={`gm-sign gm-tone-${status}`} title={sign[language.value]}>
        {sign.sign}
      </span>
      <span class="gm-ranked-name" title={nameOf(slot)}>
        {nameOf(slot)}
        {locked ? <Icon path={ICONS.lock} size={13} /> : null}
      </span>
      <b class="gm-number">
        {count(households)}
        {unknown ? "+?" : ""}
      </b>
      <span class="gm-unit">{t("households")}</span>
    </div>
  );
}

function told({ kind, slot, compound }: Breach): string {
  const name = desk.value?.fabric.compounds[compound]?.name ?? "";
  return t(`b_${kind}`, { grid: nameOf(slot), name });
}

function Asked(): JSX.Element | null {
  const broken = breaches.value;
  if (!broken) return null;
  return (
    <div class="gm-card gm-edit-asked" role="alertdialog" aria-label={t("strokeBreaks")}>
      <b>{t("strokeBreaks")}</b>
      <ul>
        {broken.map((one) => (
          <li key={`${one.kind} ${one.slot} ${one.compound}`}>{told(one)}</li>
        ))}
      </ul>
      <div>
        <Button label={t("repair")} kind="main" hotkey="Enter" onClick={() => { answer("repair"); }} />
        <Button label={t("keep")} onClick={() => { answer("keep"); }} />
        <Button label={t("drop")} hotkey="Esc" onClick={() => { answer("drop"); }} />
      </div>
    </div>
  );
}
