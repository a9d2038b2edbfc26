// What is wrong, worst first: a click goes there, what can be repaired is repaired, the last repair is taken back.

import { count, say } from "../../words/words";
import * as state from "./state";
import type { Finding } from "./wizard";
import { words } from "./words";

const SHOWN = 60;
const SIGNS = { error: "▴", warning: "△", note: "·" } as const;

export function Findings() {
  const found = state.findings.value;
  if (found === null) return state.busy.value ? <p role="status" aria-busy="true">{say(words.checking)}</p> : null;
  const safe = state.safe.value;
  return (
    <div data-findings={found.length}>
      <h3 class="staff-heading">{found.length === 0 ? say(words.clean) : say(words.findings, { n: count(state.total.value) })}</h3>
      <div class="staff-row">
        {safe.length > 0 && (
          <button type="button" class="staff-button" data-repair-safe disabled={state.busy.value}
            onClick={() => void state.repair(safe.map((one) => one.id))}>
            {say(words.allsafe, { n: count(safe.length) })}
          </button>
        )}
        {state.undoable.value && (
          <button type="button" class="staff-button" data-undo disabled={state.busy.value} onClick={() => void state.undo()}>
            ↶ {say(words.undo)}
          </button>
        )}
      </div>
      <ul class="staff-list">{found.slice(0, SHOWN).map((one) => <Row key={one.id} one={one} />)}</ul>
      {found.length > SHOWN && <p class="staff-quiet">{say(words.more, { n: count(found.length - SHOWN) })}</p>}
    </div>
  );
}

function Row({ one }: { one: Finding }) {
  const own = state.chosen.value === one.id;
  return (
    <li data-finding={one.id} data-severity={one.severity}>
      <button type="button" class="staff-item" aria-expanded={own} onClick={() => (state.chosen.value = own ? null : one.id)}>
        <span>
          <strong><span aria-label={say(words[one.severity])}>{SIGNS[one.severity]}</span> {one.message}</strong>
          <span class="staff-quiet">{[one.layer, one.feature, one.rule].filter(Boolean).join(" · ")}</span>
        </span>
      </button>
      {own && (
        <div class="staff-about">
          <p>{one.remedy}</p>
          {one.repair !== undefined && (
            <button type="button" class="staff-button staff-main" data-repair={one.id} disabled={state.busy.value}
              onClick={() => void state.repair([one.id])}>
              {say(words.repair)} · {say(words.changes, { m2: count(one.area_m2 ?? 0, 1) })}
            </button>
          )}
        </div>
      )}
    </li>
  );
}
