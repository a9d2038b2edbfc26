// How a file would be read: encoding, CRS with candidates, columns. Each can be chosen otherwise.

import { count, percent, say } from "../../words/words";
import * as state from "./state";
import { chosen, isTaken, offset_m, takeable, type Candidate, type Proposal } from "./wizard";
import { words } from "./words";

const ENCODINGS = ["utf-8", "gbk", "gb18030", "big5"];
const CANDIDATES = 6;

export function ProposalView({ one }: { one: Proposal }) {
  const now = state.wizard.value;
  return (
    <div class="staff-card" data-proposal={one.id}>
      <h3 class="staff-heading">{say(words.proposal)}</h3>
      <p class="staff-quiet">{now.name} · {say(words.rows, { n: count(one.rows), driver: one.driver })}</p>
      <label class="staff-field">
        {say(words.encoding)}
        <select class="staff-input" value={one.encoding.name} data-encoding
          onChange={(event) => void state.choose({ encoding: event.currentTarget.value })}>
          {[...new Set([one.encoding.name, ...ENCODINGS])].map((name) => <option key={name}>{name}</option>)}
        </select>
      </label>
      {one.preview.length > 0 && <p data-preview>{say(words.preview, { text: one.preview.slice(0, 4).join("、") })}</p>}
      <Reference one={one} />
      <Columns one={one} />
      {one.notes.map((note) => <p key={note} class="staff-quiet">{note}</p>)}
      <button type="button" class="staff-button staff-main" data-take disabled={!takeable(now) || state.busy.value}
        onClick={() => void state.take()}>
        {say(now.step === "taking" ? words.taking : words.take)}
      </button>
    </div>
  );
}

function Reference({ one }: { one: Proposal }) {
  return (
    <div>
      <h4 class="staff-heading">{say(words.crs)}</h4>
      {one.crs === null ? <p class="staff-note">{say(words.nocrs)}</p> : <p data-crs={one.crs}>{named(one.crs)}</p>}
      {one.candidates.length > 0 && (
        <>
          <p class="staff-quiet">{say(words.candidates)}</p>
          <ul class="staff-list">
            {one.candidates.slice(0, CANDIDATES).map((candidate, at) => <Choice key={at} one={candidate} of={one} />)}
          </ul>
        </>
      )}
    </div>
  );
}

/** A long definition is told by its name. */
function named(crs: string): string {
  return crs.length < 40 ? crs : (/"([^"]+)"/.exec(crs)?.[1] ?? crs.slice(0, 40));
}

function Choice({ one, of }: { one: Candidate; of: Proposal }) {
  const off = offset_m(one);
  const more = [
    ...(one.swap_axes ? [say(words.exchanged)] : []),
    ...(one.offset.some((value) => value !== 0) ? [say(words.moved, { x: one.offset[0], y: one.offset[1] })] : []),
  ];
  return (
    <li>
      <button type="button" class="staff-item" aria-pressed={isTaken(one, of)} data-candidate={one.crs}
        onClick={() => void state.choose(chosen(one))}>
        <span><strong>{one.name}</strong><span class="staff-quiet">{[one.crs, ...more].map(named).join(" · ")}</span></span>
        <span class="staff-figures">
          {say(words.candidate, { fit: percent(one.fit), off: off === null ? "—" : `${count(off)} m` })}
        </span>
      </button>
    </li>
  );
}

function Columns({ one }: { one: Proposal }) {
  const theirs = [...new Set([...one.mapping.flatMap((match) => match.columns), ...one.unmapped])];
  const rows = [
    ...one.missing.map((field) => ({ field, column: "", how: "missing", basis: "" })),
    ...one.mapping.map((match) => ({ ...match, column: match.columns.join(" + ") })),
  ];
  return (
    <table class="staff-table">
      <thead><tr><th>{say(words.ours)}</th><th>{say(words.theirs)}</th></tr></thead>
      <tbody>
        {rows.map(({ field, column, how }) => (
          <tr key={field} data-field={field}>
            <td>{field}</td>
            <td>
              <select class="staff-input" value={column} aria-label={field} aria-invalid={how === "missing"}
                onChange={(event) => { if (event.currentTarget.value !== "") void state.choose({ columns: { [field]: event.currentTarget.value } }); }}>
                {column === "" && <option value="">{say(how === "missing" ? words.required : words.made)}</option>}
                {[...new Set([...(column === "" ? [] : [column]), ...theirs])].map((name) => <option key={name}>{name}</option>)}
              </select>
            </td>
          </tr>
        ))}
      </tbody>
      {one.unmapped.length > 0 && <caption class="staff-quiet">{say(words.notread)}: {one.unmapped.join("、")}</caption>}
    </table>
  );
}
