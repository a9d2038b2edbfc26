// The page: asks who is there, then for the city and its plan, and shows the shell.

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { forgetAnswers, get, loginNeeded, Problem } from "../api/client";
import type { TileSet } from "../map/view";
import { city, loadCity } from "../stores/city";
import { loadPlans } from "../stores/plan";
import { look, may, session } from "../stores/session";
import { t } from "../words/shell";
import { Login } from "./Login";
import { Button } from "./parts";
import { Shell } from "./Shell";

const SAMPLE = "虚构示例";

type State = "loading" | "login" | "ready" | "failed";

const state = signal<State>("loading");
const fault = signal<Problem | null>(null);
const tiles = signal<TileSet | null>(null);

/** Ask for what the shell needs. */
export async function boot(): Promise<void> {
  state.value = "loading";
  try {
    await look();
    if (!may("view")) {
      state.value = "login";
      return;
    }
    const [base] = await Promise.all([get<TileSet>("/api/v1/tiles/base.json"), loadCity()]);
    // Tiles come from where the page comes from, whatever name a proxy gives the server.
    const own = (url: string) => url.replace(/^https?:\/\/[^/]+/, location.origin);
    const { attribution = "", ...others } = base;
    // That the city is fictitious stands on the map once, larger than here.
    tiles.value = { ...others, tiles: base.tiles.map(own), attribution: attribution === SAMPLE ? "" : attribution };
    await loadPlans(city.value?.plan_in_force ?? null);
    state.value = "ready";
  } catch (error) {
    fault.value = error instanceof Problem ? error : new Problem(0, "unclear", String(error));
    state.value = fault.value.code === "login-needed" ? "login" : "failed";
  }
}

/** Begin again: somebody else looks now. */
export function again(): void {
  forgetAnswers();
  void boot();
}

export function App(): JSX.Element {
  useEffect(() => {
    void boot();
    return loginNeeded.subscribe((times) => {
      if (times > 0 && session.value?.name) state.value = "login";
    });
  }, []);
  if (state.value === "login") return <Login onDone={again} />;
  if (state.value === "failed") {
    return (
      <main class="gm-alone" aria-live="assertive">
        <h1>{t("failed")}</h1>
        <p>{fault.value?.status === 0 ? t("noAnswer") : fault.value?.message}</p>
        <p>{fault.value?.hint}</p>
        <Button label={t("retry")} kind="main" onClick={again} />
      </main>
    );
  }
  if (state.value === "loading" || !tiles.value) {
    return (
      <main class="gm-alone" aria-busy="true">
        <p>{t("loading")}</p>
      </main>
    );
  }
  return <Shell tiles={tiles.value} onLogout={again} />;
}
