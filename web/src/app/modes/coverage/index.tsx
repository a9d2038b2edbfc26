// Coverage: who reaches a facility of a kind on foot, where those live who do not, and where the next should stand.

import type { JSX } from "preact";

import { tokens } from "../../../tokens";
import type { MapView } from "../../map/view";
import { city } from "../../stores/city";
import { type Node, trail } from "../../stores/drill";
import { theme } from "../../stores/theme";
import { Drill, Trail } from "../../ui/Drill";
import { type Explained, Figure, RankedList } from "../../ui/parts";
import { count, percent, say } from "../../words/words";
import type { Entry } from "../mode";
import "./coverage.css";
import { builtIn, type Coverage, PEOPLE, type Reached, reached, share, type Shares, spotsIn } from "./figures";
import { bandColours, glyphOf, lay } from "./map";
import { Siting } from "./Site";
import * as site from "./site";
import * as state from "./state";
import { t } from "./words";

const REASONS = ["distance", "capacity", "closed", "barrier", "unreachable"] as const;

function about(): Explained {
  const limit = state.reach.value?.limit;
  const made = city.value;
  const rule = limit
    ? t("rule", {
        speed: count(limit.speed_m_per_min), elder: count(limit.elder_speed_m_per_min), minutes: count(limit.minutes),
        metres: count(limit.limit_m), elderMetres: count(limit.elder_limit_m),
      }) + (limit.verified ? "" : t("unverified"))
    : null;
  return { basis: made?.households_basis, date: made?.households_as_of, source: t("source"), rule };
}

function Question(): JSX.Element {
  const chosen = state.minutes.value;
  return (
    <div class="gm-ask">
      <label class="gm-wide">
        <span>{t("kind")}</span>
        <select value={state.chosenKind.value?.id ?? ""} onChange={(event) => (state.kind.value = event.currentTarget.value)} data-kind>
          {state.kinds.value.map((one) => <option key={one.id} value={one.id}>{say(one)}</option>)}
        </select>
      </label>
      <fieldset class="gm-wide gm-choices">
        <legend>{t("minutes")}</legend>
        {state.CIRCLES.map((one) => (
          <button
            type="button" key={one} class="gm-button" aria-pressed={one === chosen} data-minutes={one}
            onClick={() => (state.minutes.value = one)}
          >
            {t("min", { n: one })}
          </button>
        ))}
        <input
          type="number" min={1} max={state.MOST_MINUTES} value={chosen} aria-label={t("free")} title={t("free")} data-free
          onChange={(event) => {
            const asked = state.minutesOf(event.currentTarget.value);
            if (asked !== null) state.minutes.value = asked;
            else event.currentTarget.value = String(chosen);
          }}
        />
      </fieldset>
    </div>
  );
}

/** Return a share as it is read, with what it is a share of. */
function parted({ all, covered }: Reached): { value: string; unit: string } {
  const held = all === null || covered === null;
  return held ? { value: t("few"), unit: "" } : { value: percent(share({ all, covered })), unit: t("of", { part: count(covered), all: count(all) }) };
}

function Headline({ here }: { here: Node }): JSX.Element | null {
  const [full, told] = [state.coverage.value, state.shares.value];
  const words = { n: count(state.minutes.value), kind: state.chosenKind.value ? say(state.chosenKind.value) : "" };
  if (full) {
    return (
      <>
        <Figure size="headline" {...parted(reached(full, here, "households"))} label={t("headline", words)} about={about()} />
        {PEOPLE.slice(1).map((who) => (
          <Figure key={who} {...parted(reached(full, here, who))} label={t(who)} about={about()} />
        ))}
      </>
    );
  }
  if (!told || state.circle.value < 0) return null;
  const whole = told.circles[state.circle.value]?.shares.households ?? null;
  if (here.level === "city" && whole !== null) {
    return <Figure size="headline" value={`${whole}%`} label={t("headline", words)} about={about()} />;
  }
  return <Figure size="headline" {...parted(builtIn(told, here, state.circle.value))} label={t("built", words)} about={about()} />;
}

/** The shares of the whole city within each circle; choosing a circle asks for it. */
function Circles({ told }: { told: Shares }): JSX.Element {
  return (
    <div class="gm-table gm-drill" tabIndex={0} role="region" aria-label={t("circles")}>
      <table>
        <thead>
          <tr>
            <td />
            {PEOPLE.map((who) => <th key={who} scope="col" class="gm-number" title={t(who)}>{t(`short_${who}`)}</th>)}
          </tr>
        </thead>
        <tbody>
          {told.circles.map((one) => (
            <tr key={one.minutes} data-circle={one.minutes}>
              <th scope="row">
                <button type="button" aria-pressed={one.minutes === state.minutes.value} onClick={() => (state.minutes.value = one.minutes)}>
                  {t("within", { n: one.minutes })}
                </button>
              </th>
              {PEOPLE.map((who) => {
                const value = one.shares[who];
                return <td key={who} class="gm-number">{value === null ? t("few") : `${value}%`}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Spots({ map, full, here }: { map: MapView; full: Coverage; here: Node }): JSX.Element {
  const pace = full.limit.speed_m_per_min;
  return (
    <RankedList
      label={t("spots")}
      empty={t("spotsNone")}
      rows={spotsIn(full, here).slice(0, 10).map((one) => {
        const reason = REASONS.find((known) => known === one.reason);
        const near = one.nearest_m === null ? t("noWay") : t("nearest", { n: count(Math.ceil(one.nearest_m / pace)) });
        return {
          id: String(one.rank), sign: String(one.rank), name: one.community_name, note: reason && reason !== "distance" ? `${t(reason)} · ${near}` : near,
          value: one.households === null ? t("few") : t("lost", { n: count(one.households) }), go: t("go"),
        };
      })}
      onPoint={(rank, on) => (state.spot.value = on ? Number(rank) : null)}
      onChoose={(rank) => {
        const place = full.hot_spots.find((one) => one.rank === Number(rank));
        state.spot.value = Number(rank);
        if (place) map.goto(place.lon, place.lat, 15.5);
      }}
    />
  );
}

function Parts({ map }: { map: MapView }): JSX.Element {
  const [full, told] = [state.coverage.value, state.shares.value];
  const counted = (place: Node): Reached => {
    if (full) return reached(full, place, "households");
    return told ? builtIn(told, place, Math.max(0, state.circle.value)) : { all: null, covered: null };
  };
  const rank = (place: Node) => share(counted(place)) ?? 2;
  return (
    <Drill
      map={map}
      order={(one, other) => rank(one) - rank(other) || (one.code < other.code ? -1 : 1)}
      of={(place) => {
        const made = counted(place);
        const missing = made.all === null || made.covered === null ? t("few") : count(made.all - made.covered);
        return { share: made.all === 0 ? "—" : parted(made).value, missing };
      }}
      columns={[
        { id: "share", label: t("share"), about: full ? t("shareAbout") : t("builtAbout") },
        { id: "missing", label: full ? t("missing") : t("missingBuilt") },
      ]}
    />
  );
}

function Panel({ map }: { map: MapView }): JSX.Element {
  const here = trail.value.at(-1) ?? trail.value[0];
  const { coverage: full, shares: told, asking, fault } = state;
  return (
    <div class="gm-coverage" aria-busy={asking.value} data-asked={asking.value ? "" : `${state.chosenKind.value?.id}-${state.minutes.value}`}>
      <Question />
      {fault.value === null ? null : <p class="gm-quiet-text" role="alert">{fault.value}</p>}
      {asking.value && !told.value ? <p class="gm-quiet-text">{t("loading")}</p> : null}
      {told.value ? (
        <>
          <Trail map={map} />
          <Headline here={here} />
          {here.level === "city" ? <h3>{t("circles")}</h3> : null}
          {here.level === "city" ? <Circles told={told.value} /> : null}
          {full.value ? <h3>{t("spots")}</h3> : null}
          {full.value ? <Spots map={map} full={full.value} here={here} /> : null}
          <h3>{t("parts")}</h3>
          <Parts map={map} />
          <Siting map={map} about={about()} />
        </>
      ) : null}
    </div>
  );
}

function legend(): Entry[] {
  const worn = theme.value;
  const bands = [...(state.reach.value?.features ?? [])].reverse();
  const colours = bandColours(bands.length, worn);
  const kind = state.chosenKind.value;
  return [
    ...bands.map((one, at): Entry => ({
      shape: "area", colour: colours[at] ?? "", opacity: 0.6, label: t("within", { n: count(Math.round(Number(one.properties?.["minutes"]))) }),
    })),
    { shape: "dot", colour: tokens.coverage.uncovered[worn], label: t("uncovered"), value: count(state.reach.value?.beyond.length ?? 0) },
    ...(state.coverage.value ? [{ shape: "ring" as const, colour: tokens.coverage.cluster[worn], label: t("spot") }] : []),
    { shape: "badge", colour: tokens.siting.existing[worn], sign: glyphOf(kind?.id ?? ""), label: t("facilities") },
    ...(site.sites.value.length ? [{ shape: "badge" as const, colour: tokens.siting.proposed[worn], sign: "1", label: t("proposed") }] : []),
  ];
}

/** Draw who reaches what is asked about, and keep asking. */
function enter(map: MapView): () => void {
  const undraw = lay(map);
  const unask = state.follow();
  return () => {
    unask();
    undraw();
  };
}

export default { Panel, enter, legend };
