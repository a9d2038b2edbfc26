// The panel of one's own place: position, grid and who answers, what is near.

import { useEffect, useRef } from "preact/hooks";

import { language } from "../../stores/language";
import { say } from "../../words/words";
import { Nearby } from "./Nearby";
import { Scanner } from "./Scanner";
import { SearchPlace } from "./SearchPlace";
import * as state from "./state";
import { dial } from "./way";
import { words } from "./words";

const FIRST = 4;

export function Panel({ locate }: { locate: () => void }) {
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current || state.position.value.kind !== "none") return;
    begun.current = true;
    locate();
  }, [locate]);
  return (
    <section class="staff here" aria-label={say(words.title)}>
      <Standing locate={locate} />
      {state.panel.value === "search" && <SearchPlace />}
      {state.panel.value === "scan" && <Scanner />}
      {state.failed.value !== null && (
        <p class="staff-note" role="alert">
          {navigator.onLine ? state.failed.value : say(words.offlinenone)}
        </p>
      )}
      {state.keptAt.value !== null && (
        <p class="staff-note" role="status">
          {say(words.offline, { when: new Date(state.keptAt.value).toLocaleString(language.value) })}
        </p>
      )}
      <MyGrid />
      <Nearby />
    </section>
  );
}

function Standing({ locate }: { locate: () => void }) {
  const ways = [
    { key: "gps", word: words.gps, act: locate },
    { key: "pick", word: words.pick, act: () => (state.picking.value = !state.picking.value) },
    { key: "search", word: words.search, act: () => { open("search"); } },
    { key: "scan", word: words.scan, act: () => { open("scan"); } },
  ];
  return (
    <div class="staff-standing">
      <p role="status" class={state.position.value.kind === "failed" ? "staff-note" : "staff-quiet"}>
        {state.picking.value ? say(words.picking) : standing()}
      </p>
      <div class="staff-row" role="group">
        {ways.map(({ key, word, act }) => (
          <button key={key} type="button" class="staff-button" onClick={act} data-way={key}
            aria-pressed={key === state.panel.value || (key === "pick" && state.picking.value)}>
            {say(word)}
          </button>
        ))}
      </div>
    </div>
  );
}

function open(name: "search" | "scan"): void {
  state.panel.value = state.panel.value === name ? "none" : name;
}

function standing(): string {
  const now = state.position.value;
  switch (now.kind) {
    case "none":
      return "";
    case "asking":
      return say(words.asking);
    case "found":
      return say(words.accuracy, { m: Math.round(now.fix.accuracy_m) });
    case "rough":
      return say(words.rough, { m: Math.round(now.fix.accuracy_m) });
    case "failed":
      return say(words[now.why]);
    case "chosen":
      return say(words[`chosen${now.how}`]);
  }
}

function MyGrid() {
  const found = state.where.value;
  if (found === null) return state.busy.value ? <div class="staff-card staff-waiting" aria-busy="true" /> : null;
  const grid = found.grid;
  const shown = found.answers.filter((one) => one.holder !== null && one.posted);
  // Whom to call first: who can be called, the narrowest place before the wider.
  shown.sort((a, b) => Number(dial(b.contact) !== null) - Number(dial(a.contact) !== null));
  return (
    <article class="staff-card" data-grid={grid?.code}>
      <p class="staff-quiet">
        {[found.subdistrict?.name, found.community?.name].filter(Boolean).join(" › ")}
      </p>
      <h2 class="staff-headline">{grid === null ? say(words.nogrid) : (grid.name ?? grid.code)}</h2>
      {grid?.name && <p class="staff-quiet">{grid.code}</p>}
      {shown.length === 0 && <p class="staff-quiet">{say(words.nobody)}</p>}
      <ul class="staff-people">
        {shown.slice(0, FIRST).map((one, at) => (
          <Person key={`${one.kind}${one.holder ?? ""}`} one={one} first={at === 0} />
        ))}
      </ul>
      {shown.length > FIRST && (
        <details>
          <summary>{say(words.more, { n: shown.length - FIRST })}</summary>
          <ul class="staff-people">
            {shown.slice(FIRST).map((one) => (
              <Person key={`${one.kind}${one.holder ?? ""}`} one={one} first={false} />
            ))}
          </ul>
        </details>
      )}
    </article>
  );
}

function Person({ one, first }: { one: state.Answering; first: boolean }) {
  const link = dial(one.contact);
  return (
    <li>
      <span>
        <strong>{one.holder}</strong> <span class="staff-quiet">{one.title}</span>
      </span>
      {link === null ? (
        <span class="staff-quiet">{say(words.nophone)}</span>
      ) : (
        <a class={first ? "staff-button staff-call" : "staff-button"} href={link}
          aria-label={`${say(words.call)} ${one.holder ?? ""} ${one.contact ?? ""}`}>
          ☎ {first ? one.contact : say(words.call)}
        </a>
      )}
    </li>
  );
}
