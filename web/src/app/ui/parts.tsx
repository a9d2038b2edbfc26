// Small components that every mode uses.

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

import { t } from "../words/shell";

/** A sign drawn from a path in a box of 24 by 24. */
export function Icon({ path, size = 20 }: { path: string; size?: number }): JSX.Element {
  return (
    <svg class="gm-icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

export interface ButtonProps {
  label: string;
  onClick: () => void;
  /** The key that does the same; shown in the tooltip. */
  hotkey?: string;
  icon?: string;
  kind?: "plain" | "main" | "quiet";
  pressed?: boolean;
  disabled?: boolean;
  children?: ComponentChildren;
}

/** A button; with an icon alone its label is the tooltip and what screen readers say. */
export function Button(props: ButtonProps): JSX.Element {
  const { label, onClick, hotkey, icon, kind = "plain", pressed, disabled = false, children } = props;
  const only = icon !== undefined && children === undefined;
  return (
    <button
      type="button"
      class={`gm-button gm-${kind}${only ? " gm-only" : ""}`}
      title={hotkey ? `${label} (${hotkey})` : label}
      aria-label={only ? label : undefined}
      aria-pressed={pressed}
      aria-keyshortcuts={hotkey}
      disabled={disabled}
      onClick={onClick}
    >
      {icon === undefined ? null : <Icon path={icon} />}
      {only ? null : (children ?? label)}
    </button>
  );
}

export interface Explained {
  basis?: string | null | undefined;
  date?: string | null | undefined;
  source?: string | null | undefined;
  rule?: string | null | undefined;
}

export interface FigureProps {
  /** Written as it is read: see count() and percent(). */
  value: string;
  label: string;
  unit?: string;
  about?: Explained;
  size?: "headline" | "plain";
}

/** A figure that explains itself: ⓘ tells basis, date, source and rule. */
export function Figure({ value, label, unit = "", about = {}, size = "plain" }: FigureProps): JSX.Element {
  const open = useSignal(false);
  const id = useId();
  const told = (["basis", "date", "source", "rule"] as const).flatMap((name) => {
    const text = about[name];
    return text ? [[t(name), text] as const] : [];
  });
  const close = () => (open.value = false);
  return (
    <div class={`gm-figure gm-figure-${size}`} onMouseLeave={close}>
      <span class="gm-figure-label">{label}</span>
      <span class="gm-figure-value">
        <b>{value}</b>
        {unit === "" ? null : <span class="gm-unit">{`\u2009${unit}`}</span>}
        {told.length === 0 ? null : (
          <button
            type="button"
            class="gm-why"
            aria-label={`${t("about")}: ${label}`}
            aria-expanded={open.value}
            aria-controls={id}
            onMouseEnter={() => (open.value = true)}
            onClick={() => (open.value = true)}
            onBlur={close}
            onKeyDown={(event) => {
              if (event.key === "Escape" && open.value) {
                event.stopPropagation();
                close();
              }
            }}
          >
            ⓘ
          </button>
        )}
      </span>
      <dl id={id} class="gm-told" hidden={!open.value}>
        {told.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

export interface Ranked {
  id: string;
  name: string;
  value: string;
  /** A sign before the name, such as ▾ or ▴, and what it says. */
  sign?: string;
  note?: string;
  tone?: "under" | "in_range" | "over" | "unknown" | "special";
  /** What choosing it does, for the tooltip. */
  go?: string;
}

/** A list of places, worst first: pointing at one flashes it, choosing one goes there. */
export function RankedList(props: {
  label: string;
  rows: readonly Ranked[];
  onPoint?: (id: string, on: boolean) => void;
  onChoose: (id: string) => void;
  empty?: string;
}): JSX.Element {
  const { label, rows, onPoint = () => undefined, onChoose, empty = "" } = props;
  if (rows.length === 0) return <p class="gm-quiet-text">{empty}</p>;
  return (
    <ol class="gm-ranked" aria-label={label}>
      {rows.map(({ id, name, value, sign, note, tone, go }) => (
        <li key={id}>
          <button
            type="button"
            data-row={id}
            title={[name, note, go].filter(Boolean).join(" · ")}
            onMouseEnter={() => {
              onPoint(id, true);
            }}
            onMouseLeave={() => {
              onPoint(id, false);
            }}
            onFocus={() => {
              onPoint(id, true);
            }}
            onBlur={() => {
              onPoint(id, false);
            }}
            onClick={() => {
              onChoose(id);
            }}
          >
            {sign === undefined ? null : <span class={`gm-sign gm-tone-${tone ?? "unknown"}`}>{sign}</span>}
            <span class="gm-ranked-name">
              {name}
              {note ? <small>{note}</small> : null}
            </span>
            <span class="gm-number">{value}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

export interface Bar {
  from: number;
  to: number;
  count: number;
  tone: "under" | "in_range" | "over" | "unknown" | "special";
}

/** Bars of how many there are from `from` up to `to`; the range that is wanted is marked below. */
export function Histogram(props: { label: string; bars: readonly Bar[]; window?: readonly [number, number] }): JSX.Element {
  const { label, bars, window: wanted } = props;
  const [low, high] = [bars[0]?.from ?? 0, bars.at(-1)?.to ?? 1];
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const x = (value: number) => ((value - low) / Math.max(1, high - low)) * 300;
  return (
    <svg class="gm-histogram" viewBox="0 0 300 104" role="img" aria-label={label}>
      {bars.map((bar) => (
        <rect
          key={bar.from}
          class={`gm-fill-${bar.tone}`}
          x={x(bar.from) + 0.5}
          y={80 - (bar.count / most) * 76}
          width={Math.max(0.5, x(bar.to) - x(bar.from) - 1)}
          height={(bar.count / most) * 76}
        >
          <title>{`${bar.from}–${bar.to}: ${bar.count}`}</title>
        </rect>
      ))}
      <line class="gm-axis" x1="0" x2="300" y1="80.5" y2="80.5" />
      {wanted === undefined ? null : (
        <>
          <line class="gm-range" x1={x(wanted[0])} x2={x(wanted[1])} y1="83" y2="83" />
          {wanted.map((value) => (
            <text key={value} x={x(value)} y="99" text-anchor="middle">
              {value}
            </text>
          ))}
        </>
      )}
    </svg>
  );
}

/** Tabs, moved through with the arrow keys. */
export function Tabs(props: {
  label: string;
  tabs: readonly { id: string; label: string; icon?: string; hotkey?: string }[];
  chosen: string;
  onChoose: (id: string) => void;
}): JSX.Element {
  const { label, tabs, chosen, onChoose } = props;
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : undefined;
    if (step === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.id === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    onChoose(next.id);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <div class="gm-tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          type="button"
          role="tab"
          key={tab.id}
          data-tab={tab.id}
          aria-selected={tab.id === chosen}
          tabIndex={tab.id === chosen ? 0 : -1}
          title={tab.hotkey ? `${tab.label} (${tab.hotkey})` : tab.label}
          onClick={() => {
            onChoose(tab.id);
          }}
        >
          {tab.icon === undefined ? null : <Icon path={tab.icon} size={18} />}
          <span>{tab.label}</span>
        </button>
      ))}
    </div>
  );
}

/** A dialog over the page; Escape and a click beside it close it. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }): JSX.Element {
  const { title, onClose, children } = props;
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  // At once, not after the next frame: what is done then may have moved the focus already.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = box.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class="gm-dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === box.current) onClose();
      }}
    >
      <div class="gm-dialog-inner">
        <header>
          <h2 id={id}>{title}</h2>
          <Button label={t("close")} hotkey="Esc" icon="M6 6l12 12M18 6L6 18" kind="quiet" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** A table; numbers stand right. */
export function Table(props: {
  label: string;
  columns: readonly { id: string; label: string; number?: boolean }[];
  rows: readonly (Readonly<Record<string, ComponentChildren>> & { id: string })[];
  onChoose?: (id: string) => void;
}): JSX.Element {
  const { label, columns, rows, onChoose } = props;
  return (
    <div class="gm-table" tabIndex={0} role="region" aria-label={label}>
      <table>
        <caption class="gm-unseen">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" class={column.number ? "gm-number" : ""}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} onClick={() => onChoose?.(row.id)} class={onChoose ? "gm-choosable" : ""}>
              {columns.map((column) => (
                <td key={column.id} class={column.number ? "gm-number" : ""}>
                  {row[column.id]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
