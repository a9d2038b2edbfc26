// The tree of places: city, subdistricts, communities, grids. Arrow keys walk and fold it, Enter goes there.

import { computed, signal } from "@preact/signals";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { tokens } from "../../tokens";
import { city, communities, places } from "../stores/city";
import { rows } from "../stores/plan";
import { grid, select } from "../stores/selection";
import { f } from "../words/find";
import { t } from "../words/shell";
import { count } from "../words/words";
import { Button, Icon } from "./parts";
import { holders, type Line, lines } from "./tree";
import { map, wide } from "./Shell";

export const treeOpen = signal(false);
const unfolded = signal<ReadonlySet<string>>(new Set(["city"]));
const current = signal("city");
const shown = computed(() => (city.value ? lines(city.value, places.value, rows.value.values(), unfolded.value) : []));

function fold(id: string, open: boolean): void {
  const next = new Set(unfolded.value);
  if (open) next.add(id);
  else next.delete(id);
  unfolded.value = next;
}

/** Go to a place, or select a grid; on a phone the tree makes way for the map. */
function go(line: Line): void {
  current.value = line.id;
  if (line.row) {
    select(line.row.grid);
    map.value?.toGrid(line.row.grid);
    if (!wide.value) treeOpen.value = false;
  } else if (line.box) {
    map.value?.fly(line.box);
  }
}

function focus(id: string | null | undefined): void {
  if (!id) return;
  current.value = id;
  document.getElementById(`gm-place-${id}`)?.focus();
}

function walk(event: TargetedKeyboardEvent<HTMLElement>): void {
  const list = shown.value;
  const at = list.findIndex((line) => line.id === current.value);
  const line = list[at];
  if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
  const acts: Readonly<Record<string, () => void>> = {
    ArrowDown: () => { focus(list[at + 1]?.id); },
    ArrowUp: () => { focus(list[at - 1]?.id); },
    Home: () => { focus(list[0]?.id); },
    End: () => { focus(list.at(-1)?.id); },
    ArrowRight: () => {
      if (line.open) focus(list[at + 1]?.id);
      else if (line.grids) fold(line.id, true);
    },
    ArrowLeft: () => {
      if (line.open) fold(line.id, false);
      else focus(line.parent);
    },
    Enter: () => { go(line); },
    " ": () => { go(line); },
    Escape: () => (treeOpen.value = false),
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function Figure({ line }: { line: Line }): JSX.Element {
  const { row, grids } = line;
  if (!row) return <span class="gm-number" title={f("count", { n: grids ?? 0 })}>{count(grids)}</span>;
  return (
    <>
      <span class={`gm-sign gm-tone-${row.status}`} title={t(row.status)}>
        <span aria-hidden="true">{tokens.status[row.status].sign}</span>
        <span class="gm-unseen">{t(row.status)}</span>
      </span>
      <span class="gm-number">{row.households_suppressed ? t("held") : count(row.households)}</span>
    </>
  );
}

function Item({ line }: { line: Line }): JSX.Element {
  const { id, level, name, row, open, grids } = line;
  const folds = grids !== null && grids > 0;
  const flash = (on: boolean) => { if (row) map.value?.flash(row.grid, on); };
  return (
    <div
      id={`gm-place-${id}`}
      class={`gm-place gm-place-${level}`}
      role="treeitem"
      aria-level={level}
      aria-expanded={folds ? open : undefined}
      aria-selected={row !== null && row.grid === grid.value}
      tabIndex={id === current.value ? 0 : -1}
      title={name}
      onMouseEnter={() => { flash(true); }}
      onMouseLeave={() => { flash(false); }}
      onClick={() => { go(line); }}
      onFocus={() => (current.value = id)}
    >
      <span
        class="gm-twist"
        onClick={(event) => {
          event.stopPropagation();
          if (folds) fold(id, !open);
        }}
      >
        {folds ? <Icon path={open ? "M6 9l6 6 6-6" : "M9 6l6 6-6 6"} size={14} /> : null}
      </span>
      <span class="gm-ranked-name">{name}</span>
      <Figure line={line} />
    </div>
  );
}

/** Unfold the tree to the selected grid, and stand on it. */
function reveal(): void {
  const row = grid.value === null ? undefined : rows.value.get(grid.value);
  if (!row) return;
  unfolded.value = new Set([...unfolded.value, ...holders(row, communities.value.get(row.community)?.of ?? null)]);
  current.value = `grid:${row.grid}`;
}

export function Places(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  // At once, not after the next frame: the focus goes back before anything else takes it.
  useLayoutEffect(() => {
    reveal();
    const before = document.activeElement;
    const frame = requestAnimationFrame(() => box.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus());
    return () => {
      cancelAnimationFrame(frame);
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  // A line that is folded away cannot hold the focus: its first line does then.
  if (!shown.value.some((line) => line.id === current.value)) current.value = "city";
  return (
    <section class="gm-card gm-places" aria-label={f("places")}>
      <header>
        <h2>{f("places")}</h2>
        <Button label={f("close")} hotkey="t" icon="M6 6l12 12M18 6L6 18" kind="quiet" onClick={() => (treeOpen.value = false)} />
      </header>
      <div class="gm-tree" role="tree" aria-label={f("places")} ref={box} onKeyDown={walk}>
        {shown.value.map((line) => (
          <Item key={line.id} line={line} />
        ))}
      </div>
    </section>
  );
}
