// What the colours and lines of the map mean.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

import { tokens } from "../../tokens";
import { live } from "../stores/live";
import { balance } from "../stores/plan";
import { t } from "../words/shell";
import { Icon } from "./parts";

const STATUSES = ["under", "in_range", "over"] as const;

export function Legend({ open }: { open: boolean }): JSX.Element | null {
  const shown = useSignal(open);
  const totals = balance.value?.totals;
  if (!totals) return null;
  const counts = live.value ?? { under: totals.under, in_range: totals.in_range, over: totals.over };
  return (
    <section class="gm-legend" aria-label={t("legend")}>
      <button type="button" aria-expanded={shown.value} onClick={() => (shown.value = !shown.value)}>
        {t("legend")}
        <Icon path={shown.value ? "M6 15l6-6 6 6" : "M6 9l6 6 6-6"} size={14} />
      </button>
      <ul hidden={!shown.value}>
        {STATUSES.map((status) => (
          <li key={status}>
            <i class={`gm-swatch gm-swatch-${status}`} />
            <span>
              {tokens.status[status].sign} {t(status)}
            </span>
            <b class="gm-number">{counts[status]}</b>
          </li>
        ))}
        <li>
          <i class="gm-swatch gm-swatch-special" />
          <span>
            {tokens.status.special.sign} {t("special")}
          </span>
          <b class="gm-number">{totals.special_grids}</b>
        </li>
        <li>
          <i class="gm-stroke gm-stroke-community" />
          <span>{t("community")}</span>
        </li>
        <li>
          <i class="gm-stroke gm-stroke-subdistrict" />
          <span>{t("subdistrict")}</span>
        </li>
      </ul>
    </section>
  );
}
