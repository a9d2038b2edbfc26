// The shell: the map, and what floats over it.

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { mark } from "../map/found";
import { MapView, type TileSet } from "../map/view";
import { MODES } from "../modes/index";
import type { Made } from "../modes/mode";
import { city } from "../stores/city";
import { language, speak } from "../stores/language";
import { notice } from "../stores/notice";
import { grids } from "../stores/plan";
import { grid, select } from "../stores/selection";
import { session } from "../stores/session";
import { theme, wear } from "../stores/theme";
import { mode, parsed, view } from "../stores/view";
import { t } from "../words/shell";
import { say } from "../words/words";
import { keepAddress } from "./address";
import { Bar } from "./Bar";
import { GridCard } from "./GridCard";
import { Help } from "./Help";
import { type Hotkey, listen } from "./keys";
import { Legend } from "./Legend";
import { statuses } from "./signs";
import { Icon, Tabs } from "./parts";
import { Places, treeOpen } from "./Places";
import { startSearch } from "./Search";
import { found } from "./searching";
import { Sheet } from "./Sheet";

export const map = signal<MapView | null>(null);
export const wide = signal(innerWidth >= 720);
const panel = signal(true);
const helping = signal(false);

/** Return the keys of the shell. */
export function hotkeys(): Hotkey[] {
  return [
    ...allowed().map((each) => ({
      key: each.key,
      does: t("keyMode", { name: say(each.words) }),
      act: () => (mode.value = each.id),
    })),
    { key: "t", does: t("keyTree"), act: () => (treeOpen.value = !treeOpen.value) },
    { key: "/", does: t("keySearch"), act: startSearch },
    { key: "d", does: t("keyTheme"), act: () => { wear(theme.value === "dark" ? "light" : "dark"); } },
    { key: "l", does: t("keyLanguage"), act: () => { speak(language.value === "zh" ? "en" : "zh"); } },
    { key: "\\", does: t("keyPanel"), act: () => (panel.value = !panel.value) },
    { key: "?", does: t("keyHelp"), act: () => (helping.value = true) },
    { key: "Escape", does: t("keyEscape"), act: () => { found.value = null; select(null); } },
  ];
}

function allowed() {
  const who = session.value;
  return MODES.filter((each) => who !== null && each.allowed(who) && (wide.value || each.phone));
}

/** Start the map in an element, and keep it at what the stores hold. */
function useMap(tiles: TileSet): { ref: { current: HTMLDivElement | null } } {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!ref.current) return;
    const made = new MapView(ref.current, {
      theme: theme.value,
      tiles,
      bounds: city.value?.bounds ?? null,
      view: view.value,
      words: {
        "NavigationControl.ZoomIn": t("zoomIn"),
        "NavigationControl.ZoomOut": t("zoomOut"),
        "Map.Title": t("map"),
        "AttributionControl.ToggleAttribution": t("attribution"),
        "ScaleControl.Meters": t("metres"),
        "ScaleControl.Kilometers": t("kilometres"),
      },
    });
    map.value = made;
    const moved = () => {
      const { lng, lat } = made.map.getCenter();
      view.value = { zoom: made.map.getZoom(), lat, lon: lng };
    };
    made.map.on("moveend", moved);
    made.map.once("idle", () => {
      document.documentElement.dataset["ready"] = "yes";
    });
    const jump = () => {
      const wanted = parsed(location.hash);
      if (wanted) made.map.jumpTo({ center: [wanted.lon, wanted.lat], zoom: wanted.zoom });
    };
    addEventListener("hashchange", jump);
    const stops = [
      theme.subscribe((worn) => {
        made.setTheme(worn);
      }),
      grids.subscribe((drawn) => {
        made.showGrids(drawn);
        made.select(grid.peek());
      }),
      grid.subscribe((chosen) => {
        made.select(chosen);
      }),
      found.subscribe((place) => {
        mark(made, place);
      }),
      made.onClick(({ lon, lat, grid: found }) => {
        select(found, { lon, lat });
      }),
      keepAddress(),
    ];
    return () => {
      for (const stop of stops) stop();
      removeEventListener("hashchange", jump);
      map.value = null;
      made.map.remove();
    };
  }, []);
  return { ref };
}

/** The mode that is on the map, once its code is there. */
const current = signal<Made | null>(null);

/** Load the mode that is chosen and let it lay its layers over the map. */
function useMode(): void {
  const made = map.value;
  const wanted = mode.value;
  useEffect(() => {
    const listed = allowed().find((each) => each.id === wanted) ?? allowed()[0];
    if (!made || !listed) return;
    if (listed.id !== wanted) {
      mode.value = listed.id;
      return;
    }
    let leave: (() => void) | null = null;
    let gone = false;
    void listed.load().then(({ default: found }) => {
      if (gone) return;
      leave = found.enter(made);
      current.value = found;
    });
    return () => {
      gone = true;
      current.value = null;
      leave?.();
    };
  }, [made, wanted, session.value?.name]);
}

function ModePanel(): JSX.Element {
  useMode();
  const found = current.value;
  const made = map.value;
  return (
    <>
      <Tabs
        label={t("modes")}
        chosen={mode.value}
        tabs={allowed().map(({ id, words, icon, key }) => ({ id, label: say(words), icon, hotkey: key }))}
        onChoose={(id) => (mode.value = id)}
      />
      <div class="gm-mode" role="tabpanel" aria-label={t("panel")} aria-busy={found === null}>
        {found && made ? <found.Panel map={made} /> : <p class="gm-quiet-text">{t("loading")}</p>}
      </div>
    </>
  );
}

function Side(): JSX.Element {
  return (
    <aside class={`gm-side${panel.value ? "" : " gm-hidden"}`} aria-label={t("panel")}>
      <div class="gm-side-body" hidden={!panel.value}>
        <ModePanel />
      </div>
      <button
        type="button"
        class="gm-fold"
        title={`${panel.value ? t("collapse") : t("expand")} (\\)`}
        aria-label={panel.value ? t("collapse") : t("expand")}
        aria-expanded={panel.value}
        onClick={() => (panel.value = !panel.value)}
      >
        <Icon path={panel.value ? "M14 6l-6 6 6 6" : "M9 6l6 6-6 6"} size={16} />
      </button>
    </aside>
  );
}

function Notice(): JSX.Element {
  const said = notice.value;
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => (notice.value = null), 6000);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);
  return (
    <div class={`gm-notice gm-notice-${said?.kind ?? "none"}`} role="status" aria-live="polite">
      {said ? `${said.text} ${said.hint}` : ""}
    </div>
  );
}

export function Shell({ tiles, onLogout }: { tiles: TileSet; onLogout: () => void }): JSX.Element {
  const { ref } = useMap(tiles);
  useEffect(() => {
    const sized = () => (wide.value = innerWidth >= 720);
    addEventListener("resize", sized);
    const deaf = listen(hotkeys);
    return () => {
      removeEventListener("resize", sized);
      deaf();
    };
  }, []);
  const made = city.value;
  useEffect(() => {
    document.title = `${made?.name ?? ""} · ${t("app")}`;
  }, [made, language.value]);
  return (
    <>
      <main class="gm-map" ref={ref} aria-label={t("map")} />
      <Bar onHelp={() => (helping.value = true)} onLogout={onLogout} wide={wide.value} />
      {made?.sample ? <div class="gm-sample">{t("sample")}</div> : null}
      {wide.value ? <Side /> : null}
      <div class="gm-right">
        <Legend open={wide.value} entries={current.value?.legend ?? statuses} />
        {wide.value ? <GridCard /> : null}
      </div>
      {wide.value ? null : <GridCard />}
      {wide.value ? null : (
        <Sheet>
          <ModePanel />
        </Sheet>
      )}
      {treeOpen.value ? <Places /> : null}
      <Notice />
      {helping.value ? <Help keys={hotkeys()} onClose={() => (helping.value = false)} /> : null}
    </>
  );
}
