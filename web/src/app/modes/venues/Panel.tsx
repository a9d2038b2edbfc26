// The panel of venues: what comes next, and which venues are used most.

import { useEffect } from "preact/hooks";

import { city } from "../../stores/city";
import { language } from "../../stores/language";
import { count, say } from "../../words/words";
import { hours } from "../here/way";
import { coming, topicOf, type Venue } from "./calendar";
import * as state from "./state";
import { words } from "./words";

const SHOWN = 40;
const NEXT = 6;

export function Panel() {
  useEffect(() => void state.begin(), []);
  const ranked = state.ranked.value;
  const next = coming(ranked, city.value?.today ?? "").slice(0, NEXT);
  return (
    <section class="staff venues" aria-label={say(words.title)}>
      <h2 class="staff-headline" title={say(words.basis)} data-headline>
        {say(words.headline, { venues: count(ranked.length), visits: count(state.visits.value) })}
      </h2>
      <p class="staff-quiet">{say(words.basis)}</p>
      <select class="staff-input" aria-label={say(words.title)} value={state.kind.value}
        onChange={(event) => (state.kind.value = event.currentTarget.value)}>
        <option value="">{say(words.all)}</option>
        {state.kinds.value.map((one) => (
          <option key={one.kind} value={one.kind}>{`${one[language.value]} ${String(one.n)}`}</option>
        ))}
      </select>
      {next.length > 0 && (
        <>
          <h3 class="staff-heading">{say(words.coming)}</h3>
          <ul class="staff-list">
            {next.map((one) => (
              <li key={`${one.venue.id}${one.day}${one.topic ?? ""}`}>
                <button type="button" class="staff-item" onClick={() => (state.chosen.value = one.venue.id)}>
                  <span><strong>{topicOf(one.topic, language.value)}</strong><span class="staff-quiet">{one.venue.name}</span></span>
                  <span>{one.day.slice(5)}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <h3 class="staff-heading">{say(words.most)}</h3>
      <ul class="staff-list">{ranked.slice(0, SHOWN).map((one) => <Row key={one.id} one={one} />)}</ul>
      {ranked.length > SHOWN && <p class="staff-quiet">{say(words.more, { n: ranked.length - SHOWN })}</p>}
    </section>
  );
}

function Row({ one }: { one: Venue }) {
  const own = state.chosen.value === one.id;
  return (
    <li>
      <button type="button" class="staff-item" data-venue={one.id} aria-expanded={own}
        onClick={() => (state.chosen.value = own ? null : one.id)}>
        <span><strong>{one.name ?? one.id}</strong><span class="staff-quiet">{one[language.value]}</span></span>
        <span class="staff-figures">
          {one.held > 0 ? say(words.held, { n: count(one.held), visits: count(one.visits) }) : say(words.unused)}
        </span>
      </button>
      {own && (
        <p class="staff-about staff-quiet">
          {[one.address, hours(one.opening_hours, language.value)].filter((part) => part !== null && part !== "").join(" · ")}
        </p>
      )}
    </li>
  );
}
