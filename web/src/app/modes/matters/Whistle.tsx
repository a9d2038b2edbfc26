// The call-out 网格吹哨: three taps where the position is sure — the button, the topic, send.

import { signal } from "@preact/signals";

import { city } from "../../stores/city";
import { language } from "../../stores/language";
import { say } from "../../words/words";
import { judged, locate, placeOf, type Box } from "../here/position";
import { place } from "../here/state";
import * as state from "./state";
import { sendable, TOPICS } from "./whistle";
import { words } from "./words";

/** Whether no position came: the place has to be tapped. */
const located = signal(false);

function begin(): void {
  void state.whistling({ act: "open", place: place.value });
  if (place.value !== null) return;
  const bounds = (city.value?.bounds ?? null) as Box | null;
  void locate(navigator.geolocation, bounds).then((found) => {
    const sure = placeOf(found.kind === "found" ? judged(found.fix, Date.now(), bounds) : found);
    const now = state.whistle.value;
    if (sure !== null && now.step !== "closed" && now.place === null) void state.whistling({ act: "place", ...sure });
    else located.value = true;
  });
}

export function WhistleButton() {
  const now = state.whistle.value;
  if (now.step === "closed") {
    return (
      <button type="button" class="staff-whistle" onClick={() => { located.value = false; begin(); }}>
        {say(words.whistle)}
      </button>
    );
  }
  if (now.step === "sent") {
    return (
      <div class="staff-card" role="status" data-sent={now.id}>
        <p><strong>✓ {say(words.sent, { id: now.id ?? "" })}</strong></p>
        <button type="button" class="staff-button" onClick={() => void state.whistling({ act: "close" })}>{say(words.close)}</button>
      </div>
    );
  }
  return <Asking />;
}

function Asking() {
  const now = state.whistle.value;
  const place_ = now.place !== null ? words.placed : located.value ? words.tap : words.wherenow;
  return (
    <div class="staff-card" role="dialog" aria-label={say(words.whistle)}>
      <p class="staff-heading">{say(words.about)}</p>
      <div class="staff-topics">
        {TOPICS.map((one) => (
          <button key={one.zh} type="button" class="staff-button" aria-pressed={now.topic === one.zh} data-topic={one.zh}
            onClick={() => void state.whistling({ act: "topic", topic: one.zh })}>
            {one[language.value]}
          </button>
        ))}
      </div>
      <p class={now.place === null ? "staff-note" : "staff-quiet"} role="status">{now.place === null ? "" : "✓ "}{say(place_)}</p>
      <input class="staff-input" maxLength={200} value={now.title} placeholder={say(words.titled)} aria-label={say(words.titled)}
        onInput={(event) => void state.whistling({ act: "title", title: event.currentTarget.value })} />
      {now.step === "failed" && <p class="staff-note" role="alert">{now.said}</p>}
      <div class="staff-row">
        <button type="button" class="staff-button staff-main" data-send disabled={!sendable(now)} onClick={() => void state.whistling({ act: "send" })}>
          {say(now.step === "sending" ? words.sending : words.send)}
        </button>
        <button type="button" class="staff-button" onClick={() => void state.whistling({ act: "close" })}>{say(words.close)}</button>
      </div>
    </div>
  );
}
