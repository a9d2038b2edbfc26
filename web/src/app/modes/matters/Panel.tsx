// The panel of matters: one headline, the board, a department's inbox, a grid's record, and the call-out.

import { useEffect } from "preact/hooks";

import { language } from "../../stores/language";
import { count, say } from "../../words/words";
import { daysLate, type Card, type Column } from "./board";
import { GridRecord } from "./GridRecord";
import { MatterDetail } from "./MatterDetail";
import * as state from "./state";
import { WhistleButton } from "./Whistle";
import { words } from "./words";

export function Panel() {
  useEffect(() => void state.begin(), []);
  if (state.matter.value !== null) return <MatterDetail one={state.matter.value} />;
  const { open, late } = state.sum.value;
  return (
    <section class="staff matters" aria-label={say(words.title)}>
      <WhistleButton />
      <h2 class="staff-headline" data-headline>
        {say(words.headline, { open: count(open), late: count(late) })}
      </h2>
      <div class="staff-row">
        <select class="staff-input" aria-label={say(words.kind)} value={state.kindId.value}
          onChange={(event) => { state.kindId.value = event.currentTarget.value; void state.loadBoard(); }}>
          {state.kinds.value.map((one) => (
            <option key={one.id} value={one.id}>{one[language.value]}</option>
          ))}
        </select>
        <button type="button" class="staff-button" aria-pressed={state.heat.value}
          onClick={() => (state.heat.value = !state.heat.value)}>
          {say(words.heat)}
        </button>
      </div>
      <div class="staff-row" role="tablist">
        {(["board", "inbox", "record"] as const).map((name) => (
          <button key={name} type="button" role="tab" class="staff-button staff-tab" aria-selected={state.tab.value === name}
            onClick={() => (state.tab.value = name)}>
            {say(words[name])}
          </button>
        ))}
      </div>
      {state.tab.value === "board" && state.shown.value.map((one) => <Stage key={one.stage} one={one} />)}
      {state.tab.value === "inbox" && <Inbox />}
      {state.tab.value === "record" && <GridRecord />}
    </section>
  );
}

function Stage({ one }: { one: Column }) {
  const stage = state.kind.value?.stages.find((known) => known.id === one.stage);
  return (
    <details class="staff-stage" open={one.overdue > 0} data-stage={one.stage}>
      <summary>
        <strong>{stage?.[language.value] ?? one.title}</strong>
        <span class="staff-figures-inline">
          {count(one.matters)}
          {one.overdue > 0 && <span class="staff-late"> ▴ {count(one.overdue)}</span>}
        </span>
      </summary>
      <Cards cards={one.cards} />
      {one.matters > one.cards.length && (
        <p class="staff-quiet">{say(words.more, { n: one.matters - one.cards.length })}</p>
      )}
    </details>
  );
}

/** Matters one below the other, in the order in which they come. */
export function Cards({ cards }: { cards: readonly Card[] }) {
  if (cards.length === 0) return <p class="staff-quiet">{say(words.none)}</p>;
  return (
    <ul class="staff-list">
      {cards.map((one) => (
        <li key={one.id}>
          <button type="button" class="staff-item" data-matter={one.id} onClick={() => void state.open(one.id)}>
            <span>
              <strong>{one.title ?? one.topic ?? one.id}</strong>
              <span class="staff-quiet">{one.grid ?? one.code}</span>
            </span>
            <Due one={one} />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** When a matter is due, or how late it is. */
export function Due({ one }: { one: Card }) {
  const late = daysLate(one, state.today.value);
  if (late > 0) return <span class="staff-late">▴ {say(words.late, { n: late })}</span>;
  return <span class="staff-quiet">{one.due === null ? say(words.nodue) : say(words.due, { day: one.due.slice(5) })}</span>;
}

function Inbox() {
  return (
    <div>
      <select class="staff-input" aria-label={say(words.department)} value={state.department.value}
        onChange={(event) => void state.loadInbox(event.currentTarget.value)}>
        <option value="">{say(words.department)}</option>
        {state.organisations.value.map((one) => (
          <option key={one.id} value={one.id}>{one.name ?? one.id}</option>
        ))}
      </select>
      {state.inbox.value !== null &&
        (state.inbox.value.length === 0 ? (
          <p class="staff-quiet">{say(words.emptyinbox)}</p>
        ) : (
          <Cards cards={state.inbox.value} />
        ))}
    </div>
  );
}
