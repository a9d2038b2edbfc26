// The way down: a breadcrumb of where one is, and a table of what that consists of, a row of figures each.

import type { ComponentChildren, JSX } from "preact";

import type { MapView } from "../map/view";
import { into, type Node, parts, trail } from "../stores/drill";
import { select } from "../stores/selection";
import { t } from "../words/shell";

export interface Column {
  id: string;
  label: string;
  /** What its figures mean; the tooltip of its head. */
  about?: string;
}

/** Look into a place, or at a grid, and go there. */
export function enterPlace(map: MapView, place: Node): void {
  if (place.level === "grid") {
    select(place.code);
    map.toGrid(place.code);
    return;
  }
  into.value = place.level === "city" ? null : place.code;
  if (place.box) map.fly(place.box);
}

/** Where one is; each place but the last leads back to it. */
export function Trail({ map }: { map: MapView }): JSX.Element {
  const way = trail.value;
  return (
    <nav class="gm-trail" aria-label={t("trail")}>
      <ol>
        {way.map((place, at) => (
          <li key={place.code}>
            <button
              type="button"
              title={place.name}
              aria-current={at === way.length - 1 ? "location" : undefined}
              onClick={() => {
                enterPlace(map, place);
              }}
            >
              {place.level === "city" ? t("whole") : place.name}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** What the place consists of, as the mode tells of each; choosing one goes down to it. */
export function Drill(props: {
  map: MapView;
  columns: readonly Column[];
  of: (place: Node) => Readonly<Record<string, ComponentChildren>>;
  order?: (one: Node, other: Node) => number;
}): JSX.Element {
  const { map, columns, of, order } = props;
  const level = parts.value[0]?.level ?? "community";
  const shown = order ? [...parts.value].sort(order) : parts.value;
  return (
    <div class="gm-table gm-drill" tabIndex={0} role="region" aria-label={t(`of_${level}`)}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t(`of_${level}`)}</th>
            {columns.map(({ id, label, about }) => (
              <th key={id} scope="col" class="gm-number" title={about}>{label}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((place) => {
            const cells = of(place);
            const flash = (on: boolean) => {
              if (place.level === "grid") map.flash(place.code, on);
            };
            return (
              <tr key={place.code} data-place={place.code}>
                <th scope="row">
                  <button
                    type="button"
                    title={place.name}
                    onMouseEnter={() => { flash(true); }}
                    onMouseLeave={() => { flash(false); }}
                    onFocus={() => { flash(true); }}
                    onBlur={() => { flash(false); }}
                    onClick={() => { enterPlace(map, place); }}
                  >
                    {place.name}
                  </button>
                </th>
                {columns.map(({ id }) => (
                  <td key={id} class="gm-number">{cells[id]}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
