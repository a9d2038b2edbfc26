// The search box of the top bar: a combobox; on a phone an icon that opens it.

import type { JSX, TargetedKeyboardEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { communities } from "../stores/city";
import { rows } from "../stores/plan";
import { f } from "../words/find";
import { Button, Icon } from "./parts";
import { at, failed, go, type Hit, hits, leave, opened, step, text, told, write } from "./searching";
import { map } from "./Shell";

const LENS = "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L21 21";
const CROSS = "M6 6l12 12M18 6L6 18";
const LIST = "gm-found";
const KINDS = ["subdistrict", "community", "compound", "facility", "street", "building", "grid"] as const;

/** Put the cursor into the search box, opening it where it is an icon. */
export function startSearch(): void {
  opened.value = true;
  document.querySelector<HTMLInputElement>(".gm-search input")?.focus();
}

function kindOf(hit: Hit): string {
  return f(KINDS.find((kind) => kind === hit.kind) ?? "other");
}

/** Return what tells a place from others of its name. */
function aboutOf(hit: Hit): string {
  if (hit.kind === "grid") {
    const row = rows.value.get(hit.code) ?? [...rows.value.values()].find((one) => one.code === hit.code);
    return [row?.community_name, hit.code].filter(Boolean).join(" · ");
  }
  if (hit.kind === "community") return communities.value.get(hit.code)?.of?.name ?? "";
  return hit.name === null ? "" : (hit.address ?? "");
}

function Line({ hit, index, chosen }: { hit: Hit; index: number; chosen: boolean }): JSX.Element {
  const name = hit.name ?? hit.address ?? hit.code;
  const about = aboutOf(hit);
  return (
    <li
      id={`${LIST}-${index}`}
      role="option"
      aria-selected={chosen}
      title={about === "" ? name : `${name} · ${about}`}
      onMouseEnter={() => (at.value = index)}
      onMouseDown={(event) => {
        event.preventDefault();
      }}
      onClick={() => void go(hit, map.value)}
    >
      <b>{name}</b>
      <small>{about}</small>
      <span class="gm-kind">{kindOf(hit)}</span>
    </li>
  );
}

function Results(): JSX.Element {
  const list = hits.value;
  useEffect(() => {
    document.getElementById(`${LIST}-${at.value}`)?.scrollIntoView({ block: "nearest" });
  }, [at.value]);
  const empty = list?.length === 0;
  const said = failed.value ? f("failed") : empty ? f("nothing", { text: told.value }) : f("some", { n: list?.length ?? 0 });
  return (
    <div class="gm-results" hidden={list === null}>
      <ul id={LIST} role="listbox" aria-label={f("results")} hidden={list === null || empty}>
        {(list ?? []).map((hit, index) => (
          <Line key={`${hit.kind}${hit.code}`} hit={hit} index={index} chosen={index === at.value} />
        ))}
      </ul>
      <p class={empty ? "gm-quiet-text" : "gm-unseen"} role="status">
        {list === null ? "" : said}
      </p>
    </div>
  );
}

function pressed(event: TargetedKeyboardEvent<HTMLInputElement>): void {
  if (event.isComposing) return; // Enter and arrows belong to the Chinese input method then.
  const hit = hits.value?.[at.value];
  const acts: Readonly<Record<string, () => void>> = {
    ArrowDown: () => { step(1); },
    ArrowUp: () => { step(-1); },
    Enter: () => {
      if (!hit || told.value !== text.value.trim()) return;
      event.currentTarget.blur();
      void go(hit, map.value);
    },
    Escape: () => {
      event.currentTarget.blur();
      leave();
    },
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function Box(): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const shown = (hits.value?.length ?? 0) > 0;
  useEffect(() => {
    if (opened.peek()) input.current?.focus();
  }, []);
  return (
    <label class="gm-search-box">
      <Icon path={LENS} size={18} />
      <span class="gm-unseen">{f("search")}</span>
      <input
        ref={input}
        type="text"
        inputMode="search"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        maxLength={100}
        placeholder={f("hint")}
        title={`${f("search")} (/)`}
        aria-autocomplete="list"
        aria-keyshortcuts="/"
        aria-expanded={shown}
        aria-controls={LIST}
        aria-activedescendant={shown ? `${LIST}-${at.value}` : undefined}
        value={text.value}
        onInput={(event) => {
          write(event.currentTarget.value);
        }}
        onKeyDown={pressed}
        onBlur={() => (hits.value = null)}
        onFocus={(event) => {
          write(event.currentTarget.value);
        }}
      />
    </label>
  );
}

export function Search({ wide }: { wide: boolean }): JSX.Element {
  if (!wide && !opened.value) return <Button label={f("search")} hotkey="/" icon={LENS} kind="quiet" onClick={startSearch} />;
  return (
    <div class={`gm-search${wide ? "" : " gm-search-over"}`} role="search">
      <Box />
      {wide && text.value === "" ? null : <Button label={f("clear")} icon={CROSS} kind="quiet" onClick={leave} />}
      <Results />
    </div>
  );
}
