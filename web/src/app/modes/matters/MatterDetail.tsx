// One matter: where it stands, what can be done with it in a role, its history, and the link for the resident.

import { useEffect, useState } from "preact/hooks";

import { language } from "../../stores/language";
import { say } from "../../words/words";
import { actorsAt, missing, movesFor, rateable, type Actor, type Answer, type Kind, type Move } from "./board";
import { Due } from "./Panel";
import * as state from "./state";
import { words } from "./words";

const DAYS = 30;

export function MatterDetail({ one }: { one: state.Matter }) {
  const kind = state.kinds.value.find((known) => known.id === one.kind);
  const stage = kind?.stages.find((known) => known.id === one.stage);
  return (
    <section class="staff matters" data-open={one.id} data-at={one.stage}>
      <button type="button" class="staff-button staff-back" onClick={() => void state.open(null)}>‹ {say(words.back)}</button>
      <h2 class="staff-headline">{one.title ?? one.topic ?? one.id}</h2>
      <p class="staff-quiet">{[kind?.[language.value], one.topic, one.grid ?? one.code].filter(Boolean).join(" · ")}</p>
      <p>
        <strong>{stage?.[language.value] ?? one.stage}</strong>{" "}
        {one.closed === null && <Due one={one} />}
        {one.rating !== null && <span class="staff-open">✓ {say(words.rated, { n: one.rating })}</span>}
      </p>
      {kind !== undefined && one.closed === null && <Doing one={one} kind={kind} />}
      {kind !== undefined && rateable(kind, one.stage) && <Rating />}
      <h3 class="staff-heading">{say(words.history)}</h3>
      <ol class="staff-history">
        {one.history.map((event, at) => (
          <li key={at}>
            <time dateTime={event.at}>{new Date(event.at).toLocaleString(language.value === "zh" ? "zh-CN" : "en-GB", { dateStyle: "short", timeStyle: "short" })}</time>{" "}
            {kind?.stages.find((known) => known.id === event.to)?.[language.value] ?? event.to}{" "}
            <span class="staff-quiet">{actorName(event.actor)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function actorName(actor: string | null): string {
  if (actor === "department") return say(words.department_actor);
  const known = words[actor as keyof typeof words] as (typeof words)[keyof typeof words] | undefined;
  return known === undefined ? (actor ?? "") : say(known);
}

function Doing({ one, kind }: { one: state.Matter; kind: Kind }) {
  const [said, tell] = useState<Answer & { note?: string }>({});
  const actors = actorsAt(kind, one.stage);
  const able = actors.includes(state.actor.value);
  useEffect(() => {
    tell({});
    const first = actors[0];
    if (!able && first !== undefined) state.actor.value = first;
  }, [one.id, one.stage]);
  const moves = movesFor(kind, one.stage, state.actor.value);
  const needed = new Set(moves.flatMap((move) => move.needs));
  const act = (move: Move): void => {
    const { note, ...more } = said;
    void state.advance(move.action, { ...more, ...(note !== undefined && note !== "" ? { note } : {}) });
  };
  return (
    <form class="staff-card" onSubmit={(event) => { event.preventDefault(); }}>
      <label class="staff-field">
        {say(words.actas)}
        <select class="staff-input" value={state.actor.value} data-actor
          onChange={(event) => (state.actor.value = event.currentTarget.value as Actor)}>
          {actors.map((name) => <option key={name} value={name}>{actorName(name)}</option>)}
        </select>
      </label>
      {needed.has("organisation") && (
        <label class="staff-field">
          {say(words.organisation)}
          <select class="staff-input" value={said.organisation ?? ""} data-organisation
            onChange={(event) => { tell(organised(said, event.currentTarget.value)); }}>
            <option value="">{say(words.choose)}</option>
            {state.organisations.value.map((found) => <option key={found.id} value={found.id}>{found.name ?? found.id}</option>)}
          </select>
        </label>
      )}
      {needed.has("link") && (
        <label class="staff-field">
          {say(words.link)}
          <input class="staff-input" maxLength={100} value={said.link ?? ""} onInput={(event) => { tell({ ...said, link: event.currentTarget.value }); }} />
        </label>
      )}
      <label class="staff-field">
        {say(words.note)}
        <input class="staff-input" maxLength={1000} value={said.note ?? ""} onInput={(event) => { tell({ ...said, note: event.currentTarget.value }); }} />
      </label>
      {moves.length === 0 && <p class="staff-quiet">{say(words.nothing)}</p>}
      <div class="staff-row">
        {moves.map((move) => (
          <button key={move.action} type="button" class="staff-button staff-main" data-action={move.action}
            disabled={missing(move, said).length > 0} onClick={() => { act(move); }}>
            {language.value === "zh" ? move.zh : move.action}
          </button>
        ))}
      </div>
    </form>
  );
}

function organised(said: Answer & { note?: string }, organisation: string): Answer & { note?: string } {
  if (organisation !== "") return { ...said, organisation };
  const left = { ...said };
  delete left.organisation;
  return left;
}

function Rating() {
  const link = state.ratingLink.value;
  const [copied, tell] = useState(false);
  if (link === null) {
    return (
      <button type="button" class="staff-button" data-rating onClick={() => void state.askForRating()}>
        {say(words.rating)}
      </button>
    );
  }
  return (
    <div class="staff-card">
      <p>{say(words.ratinglink, { days: DAYS })}</p>
      <input class="staff-input" readOnly value={link} aria-label={say(words.rating)} data-link onFocus={(event) => { event.currentTarget.select(); }} />
      <button type="button" class="staff-button" onClick={() => { navigator.clipboard.writeText(link).then(() => { tell(true); }, () => undefined); }}>
        {say(copied ? words.copied : words.copy)}
      </button>
    </div>
  );
}
