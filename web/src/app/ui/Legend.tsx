// What the colours, signs and lines of the map mean: those of the mode, then the borders.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

import type { Entry } from "../modes/mode";
import { t } from "../words/shell";
import { borders } from "./signs";
import { Icon } from "./parts";

function Sign({ shape, colour, sign, opacity = 1 }: Entry): JSX.Element {
  return (
    <svg class="gm-swatch" viewBox="0 0 16 12" width="16" height="12" aria-hidden="true">
      {shape === "area" ? <rect class="gm-swatch-edge" x="0.5" y="0.5" width="15" height="11" rx="2" fill={colour} fill-opacity={opacity} /> : null}
      {shape === "hatch" ? (
        <>
          <path d="M0 6l6-6M0 12l12-12M4 12l12-12M10 12l6-6" stroke={colour} stroke-width="1.6" />
          <rect class="gm-swatch-edge" x="0.5" y="0.5" width="15" height="11" rx="2" fill="none" />
        </>
      ) : null}
      {shape === "line" ? <path d="M0 6h16" stroke={colour} stroke-width={sign === "wide" ? 4 : 2.5} /> : null}
      {shape === "dot" ? <circle cx="8" cy="6" r="3.5" fill={colour} /> : null}
      {shape === "ring" ? <circle cx="8" cy="6" r="4.5" fill="none" stroke={colour} stroke-width="2.4" /> : null}
      {shape === "badge" ? (
        <>
          <circle cx="8" cy="6" r="6" fill={colour} />
          <text class="gm-swatch-sign" x="8" y="9" text-anchor="middle">{sign}</text>
        </>
      ) : null}
    </svg>
  );
}

export function Legend({ open, entries }: { open: boolean; entries: () => Entry[] }): JSX.Element | null {
  const shown = useSignal(open);
  const own = entries();
  return (
    <section class="gm-legend" aria-label={t("legend")}>
      <button type="button" aria-expanded={shown.value} onClick={() => (shown.value = !shown.value)}>
        {t("legend")}
        <Icon path={shown.value ? "M6 15l6-6 6 6" : "M6 9l6 6 6-6"} size={14} />
      </button>
      <ul hidden={!shown.value}>
        {[...own, ...borders()].map((entry) => (
          <li key={`${entry.shape} ${entry.label}`}>
            <Sign {...entry} />
            <span>{entry.label}</span>
            {entry.value === undefined ? null : <b class="gm-number">{entry.value}</b>}
          </li>
        ))}
      </ul>
    </section>
  );
}
