// The bar at the top: where one is, the plan, and the switches.

import type { JSX } from "preact";

import type { Box, GridRow } from "../api/types";
import { city, cityName, communities } from "../stores/city";
import { language, speak } from "../stores/language";
import { choose, plan, plans, rows } from "../stores/plan";
import { grid } from "../stores/selection";
import { logout, session } from "../stores/session";
import { theme, wear } from "../stores/theme";
import { f } from "../words/find";
import { t } from "../words/shell";
import { Button } from "./parts";
import { treeOpen } from "./Places";
import { Search } from "./Search";
import { map } from "./Shell";

const ICONS = {
  dark: "M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10z",
  light: "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM12 1v3M12 20v3M1 12h3M20 12h3M4.5 4.5l2 2M17.5 17.5l2 2M4.5 19.5l2-2M17.5 6.5l2-2",
  tree: "M4 5h4M4 12h4M4 19h4M12 5h8M12 12h8M12 19h8",
  help: "M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 18v.5",
  out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
};

interface Crumb {
  name: string;
  box: Box | null;
}

/** Return the city and the places that the selected grid is in, widest first. */
function crumbs(row: GridRow | undefined): Crumb[] {
  const made = city.value;
  const whole = { name: cityName.value, box: made?.bounds ?? null };
  if (!row) return [whole];
  const community = communities.value.get(row.community);
  const around = [community?.of, community?.place].flatMap((place) => (place ? [{ name: place.name, box: place.bbox }] : []));
  return [whole, ...around, { name: row.name ?? row.code, box: null }];
}

function Crumbs(): JSX.Element {
  const row = grid.value === null ? undefined : rows.value.get(grid.value);
  const parts = crumbs(row);
  return (
    <nav class="gm-crumbs" aria-label={t("whole")}>
      {parts.map(({ name, box }, at) => (
        <button
          type="button"
          key={at}
          title={name}
          onClick={() => {
            if (box) map.value?.fly(box);
            else if (row) map.value?.toGrid(row.grid);
          }}
        >
          {name}
        </button>
      ))}
    </nav>
  );
}

/** The city's name on a phone; choosing it shows the whole city. */
function Here(): JSX.Element {
  const name = cityName.value;
  const bounds = city.value?.bounds ?? null;
  return (
    <button type="button" class="gm-here" title={name} onClick={() => { if (bounds) map.value?.fly(bounds); }}>
      {name}
    </button>
  );
}

function Plans(): JSX.Element | null {
  if (plans.value.length === 0) return null;
  return (
    <label class="gm-plan">
      <span class="gm-unseen">{t("plan")}</span>
      <select value={plan.value ?? ""} onChange={(event) => void choose(event.currentTarget.value)} title={t("plan")}>
        {plans.value.map(({ name, state }) => (
          <option key={name} value={name}>
            {state === "in_force" ? `${name}（${t("inForce")}）` : name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Bar(props: { onHelp: () => void; onLogout: () => void; wide: boolean }): JSX.Element {
  const { onHelp, onLogout, wide } = props;
  const dark = theme.value === "dark";
  return (
    <header class="gm-bar">
      <Button
        label={f("places")}
        hotkey="t"
        icon={ICONS.tree}
        kind="quiet"
        pressed={treeOpen.value}
        onClick={() => (treeOpen.value = !treeOpen.value)}
      />
      {wide ? <Crumbs /> : <Here />}
      <span class="gm-space" />
      <Search wide={wide} />
      {wide ? <Plans /> : null}
      <Button
        label={dark ? t("light") : t("dark")}
        hotkey="d"
        icon={dark ? ICONS.light : ICONS.dark}
        kind="quiet"
        onClick={() => {
          wear(dark ? "light" : "dark");
        }}
      />
      <Button
        label={t("language")}
        hotkey="l"
        kind="quiet"
        onClick={() => {
          speak(language.value === "zh" ? "en" : "zh");
        }}
      >
        {language.value === "zh" ? "EN" : "中"}
      </Button>
      {wide ? <Button label={t("help")} hotkey="?" icon={ICONS.help} kind="quiet" onClick={onHelp} /> : null}
      {session.value?.local ? null : (
        <Button label={t("logout")} icon={ICONS.out} kind="quiet" onClick={() => void logout().then(onLogout)} />
      )}
    </header>
  );
}
