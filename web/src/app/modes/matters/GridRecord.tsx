// The record of a grid: who answers, what is open, what stands there.

import { language } from "../../stores/language";
import { count, say } from "../../words/words";
import { dial } from "../here/way";
import { Cards } from "./Panel";
import * as state from "./state";
import { words } from "./words";

export function GridRecord() {
  const one = state.record.value;
  if (one === null) return <p class="staff-quiet">{say(words.gridhint)}</p>;
  const figures = [
    [words.open, one.open],
    [words.overdue, one.late],
    [words.ended, one.ended],
  ] as const;
  const posted = one.answers.filter((found) => found.holder !== null);
  return (
    <article class="staff-card" data-record={one.grid.code}>
      <h3 class="staff-heading">{one.grid.name ?? one.grid.code}</h3>
      {one.grid.name !== null && <p class="staff-quiet">{one.grid.code}</p>}
      <dl class="staff-counts">
        {figures.map(([word, n]) => (
          <div key={word.en}>
            <dt>{say(word)}</dt>
            <dd>{count(n)}</dd>
          </div>
        ))}
      </dl>
      <Cards cards={one.matters} />
      <h4 class="staff-heading">{say(words.answers)}</h4>
      <ul class="staff-people">
        {posted.map((found) => {
          const link = dial(found.contact);
          return (
            <li key={`${found.kind}${found.place}${found.holder ?? ""}`}>
              <span>
                <strong>{found.holder}</strong>{" "}
                <span class="staff-quiet">{language.value === "zh" ? found.title : found.en}</span>
              </span>
              {link !== null && <a class="staff-button" href={link}>☎ {found.contact}</a>}
            </li>
          );
        })}
      </ul>
      {one.facilities.length > 0 && (
        <details>
          <summary>{say(words.facilities)} {count(one.facilities.length)}</summary>
          <ul class="staff-plain">
            {one.facilities.map((found) => <li key={found.id}>{found.name ?? found.id}</li>)}
          </ul>
        </details>
      )}
    </article>
  );
}
