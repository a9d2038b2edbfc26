// The panel of the wizard: drop a file, look at the proposal, take it in, go through the findings.

import { language } from "../../stores/language";
import { count, say } from "../../words/words";
import { Findings } from "./Findings";
import { ProposalView } from "./ProposalView";
import * as state from "./state";
import { next, type Report } from "./wizard";
import { LAYERS, words } from "./words";

export function Panel() {
  const now = state.wizard.value;
  return (
    <section class="staff import" aria-label={say(words.title)} data-step={now.step}>
      <h2 class="staff-headline">{say(words.title)}</h2>
      {now.step === "file" && <Choose />}
      {now.step === "sending" && <p role="status" aria-busy="true">{say(words.sending, { name: now.name })}</p>}
      {now.error !== null && (
        <p class="staff-note" role="alert">
          {now.error.detail} <span class="staff-quiet">{now.error.hint}</span>
        </p>
      )}
      {(now.step === "proposal" || now.step === "taking") && now.proposal !== null && <ProposalView one={now.proposal} />}
      {now.step === "findings" && now.report !== null && <Taken report={now.report} />}
      <div class="staff-row">
        {now.step !== "file" && now.step !== "taking" && (
          <button type="button" class="staff-button" data-again
            onClick={() => { state.wizard.value = next(now, { event: "again" }); state.findings.value = null; }}>
            {say(words.again)}
          </button>
        )}
        {now.step === "file" && state.findings.value === null && (
          <button type="button" class="staff-button" data-look onClick={() => void state.check()}>{say(words.look)}</button>
        )}
      </div>
      <Findings />
    </section>
  );
}

function Taken({ report }: { report: Report }) {
  return (
    <>
      <p role="status" data-taken>✓ {say(words.taken, { n: count(report.rows) })}</p>
      {report.notes.map((note) => <p key={note} class="staff-quiet">{note}</p>)}
    </>
  );
}

function Choose() {
  const now = state.wizard.value;
  const taken = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file !== undefined) void state.send(file);
  };
  return (
    <>
      <label class="staff-field">
        {say(words.what)}
        <select class="staff-input" value={now.layer} data-layer
          onChange={(event) => (state.wizard.value = next(now, { event: "layer", layer: event.currentTarget.value }))}>
          {LAYERS.map((one) => <option key={one.id} value={one.id}>{one[language.value]}</option>)}
        </select>
      </label>
      <label class="staff-drop"
        onDragOver={(event) => { event.preventDefault(); }}
        onDrop={(event) => { event.preventDefault(); taken(event.dataTransfer?.files); }}>
        <strong>{say(words.drop)}</strong>
        <span class="staff-quiet">{say(words.formats)}</span>
        <input type="file" onChange={(event) => { taken(event.currentTarget.files); }} />
      </label>
    </>
  );
}
