// The nearest facility of each kind: minutes on foot, hours, open now; a tap draws the way.

import { language } from "../../stores/language";
import { say } from "../../words/words";
import * as state from "./state";
import { dial, distance, hours, minutes, opening } from "./way";
import { words } from "./words";

export function Nearby() {
  const near = state.around.value;
  if (near === null || near.facilities.length === 0) return null;
  return (
    <section aria-label={say(words.near)}>
      <h3 class="staff-heading">{say(words.near)}</h3>
      <ul class="staff-list">
        {near.facilities.map((one) => (
          <Row key={one.id} one={one} at={near.at} />
        ))}
      </ul>
    </section>
  );
}

function Row({ one, at }: { one: state.Near; at: string }) {
  const own = state.chosen.value?.id === one.id;
  const kind = language.value === "zh" ? one.zh : one.en;
  return (
    <li data-kind={one.kind}>
      <button type="button" class="staff-item" aria-expanded={own}
        onClick={() => (state.chosen.value = own ? null : one)}>
        <span>
          <strong>{kind}</strong>
          <span class="staff-quiet">{one.name ?? one.id}</span>
        </span>
        <span class="staff-figures">
          <strong>{say(words.walk, { min: minutes(one.walk_s) })}</strong>
          <Open one={one} at={at} />
        </span>
      </button>
      {own && <About one={one} />}
    </li>
  );
}

function Open({ one, at }: { one: state.Near; at: string }) {
  if (one.open === null) return <span class="staff-quiet">{say(words.unknown)}</span>;
  if (one.open) return <span class="staff-open">✓ {say(words.open)}</span>;
  const when = one.next_opening === null ? "" : opening(one.next_opening, at, language.value);
  return (
    <span class="staff-shut">
      ▾ {say(words.shut)}
      {when !== "" && ` · ${say(words.opens, { when })}`}
    </span>
  );
}

function About({ one }: { one: state.Near }) {
  const link = dial(one.phone);
  const turns = one.route.turns[language.value];
  return (
    <div class="staff-about">
      <p class="staff-quiet">
        {[distance(one.dist_m), one.address, hours(one.opening_hours, language.value)]
          .filter((part) => part !== null && part !== "")
          .join(" · ")}
      </p>
      {link !== null && (
        <a class="staff-button" href={link}>
          ☎ {one.phone}
        </a>
      )}
      <details>
        <summary>{say(words.steps)}</summary>
        <ol>
          {turns.map((turn, at) => (
            <li key={at}>{turn}</li>
          ))}
        </ol>
      </details>
    </div>
  );
}
