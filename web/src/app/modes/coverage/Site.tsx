// "Where should the next one stand?": the question, how far the server is, its answer and the other ways.

import type { JSX } from "preact";

import type { MapView } from "../../map/view";
import { may } from "../../stores/session";
import { Button, type Explained, Figure, RankedList } from "../../ui/parts";
import { count, percent, say } from "../../words/words";
import { PEOPLE, type Who } from "./figures";
import * as site from "./site";
import { chosenKind, minutes } from "./state";
import { t } from "./words";

const STEPS = ["mclp", "present", "p_median", "p_center", "second"] as const;

function Question(): JSX.Element {
  return (
    <div class="gm-ask">
      <label>
        <span>{t("add")}</span>
        <input
          type="number" min={1} max={site.MOST_SITES} value={site.add.value} data-add
          onChange={(event) => {
            const asked = Math.round(Number(event.currentTarget.value));
            site.add.value = Math.min(site.MOST_SITES, Math.max(1, asked || 1));
            event.currentTarget.value = String(site.add.value);
          }}
        />
      </label>
      <label>
        <span>{t("who")}</span>
        <select value={site.who.value} onChange={(event) => (site.who.value = event.currentTarget.value as Who)} data-who>
          {PEOPLE.map((one) => <option key={one} value={one}>{t(one)}</option>)}
        </select>
      </label>
      <Button
        label={t("find")}
        kind="main"
        disabled={site.job.value !== null}
        onClick={() => {
          if (chosenKind.value) void site.find(chosenKind.value.id, minutes.value);
        }}
      />
    </div>
  );
}

function Progress(): JSX.Element | null {
  const job = site.job.value;
  if (!job) return null;
  const step = STEPS.find((one) => one === job.at);
  const what = step ? t(`step_${step}`) : t("waiting");
  return (
    <div class="gm-progress" role="status" data-job={job.state}>
      <span>{t("working", { what })}</span>
      <progress max={Math.max(job.total, 1)} value={job.done} aria-label={what} />
      <Button label={t("stop")} onClick={() => void site.stop()} />
    </div>
  );
}

function Answer({ map, about }: { map: MapView; about: Explained }): JSX.Element | null {
  const found = site.answer.value;
  const way = site.way.value;
  if (!found || !way) return null;
  const own = way.id === found.answer.model;
  const before = found.alternatives.find((one) => one.id === "present");
  const part = (one: site.Way | undefined) => (one?.households ? (one.households_covered ?? NaN) / one.households : null);
  const gains = site.sites.value.map((one) => one.gained);
  const gained = gains.some((one) => one === null) ? null : gains.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const proof = found.answer.proven
    ? t("proven", { n: count(found.candidates) })
    : t("gap", { gap: percent(found.answer.gap, 1), n: count(found.candidates) });
  return (
    <div data-answer={way.id}>
      <Figure
        size="headline"
        value={t("change", { before: percent(part(before)), after: percent(part(way)) })}
        label={t("covered", { who: t("households") })}
        about={about}
      />
      <Figure
        label={t("more")}
        value={gained === null ? t("few") : t("gained", { n: count(gained) })}
        unit={t(found.who)}
        about={{ ...about, source: t("modelSource") }}
      />
      {own ? <p class="gm-quiet-text gm-proof" data-proven={found.answer.proven}>{proof}</p> : null}
      <h3>{t("sites")}</h3>
      <RankedList
        label={t("sites")}
        empty={t("sitesNone")}
        rows={site.sites.value.map((one) => ({
          id: one.id, name: one.name ?? one.id, sign: String(one.step),
          value: one.gained === null ? t("few") : t("gained", { n: count(one.gained) }),
        }))}
        onChoose={(id) => {
          const place = site.sites.value.find((one) => one.id === id);
          if (place) map.goto(place.lon, place.lat, 15.5);
        }}
      />
    </div>
  );
}

function Ways(): JSX.Element | null {
  const found = site.answer.value;
  if (!found) return null;
  const tenth = (value: number | null) => count(value, 1);
  return (
    <>
      <h3>{t("ways")}</h3>
      <div class="gm-table gm-drill" tabIndex={0} role="region" aria-label={t("ways")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("way")}</th>
              <th scope="col" class="gm-number" title={t("shareAbout")}>{t("share")}</th>
              <th scope="col" class="gm-number" title={t("meanAbout")}>{t("mean")}</th>
              <th scope="col" class="gm-number" title={t("farAbout")}>{t("far")}</th>
              <th scope="col" class="gm-number" title={t("unservedAbout")}>{t("unserved")}</th>
            </tr>
          </thead>
          <tbody>
            {found.alternatives.map((one) => (
              <tr key={one.id} data-way={one.id}>
                <th scope="row">
                  <button type="button" title={say(one)} aria-pressed={one.id === site.shown.value} onClick={() => (site.shown.value = one.id)}>
                    {say(one)}
                  </button>
                </th>
                <td class="gm-number">{percent(one.households && one.households_covered !== null ? one.households_covered / one.households : null)}</td>
                <td class="gm-number">{tenth(one.mean_minutes)}</td>
                <td class="gm-number">{tenth(one.far_minutes)}</td>
                <td class="gm-number">{count(one.unserved)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Button label={t("clear")} kind="quiet" onClick={site.clear} />
    </>
  );
}

export function Siting({ map, about }: { map: MapView; about: Explained }): JSX.Element {
  const current = chosenKind.value !== null && site.answers(chosenKind.value.id, minutes.value);
  return (
    <section aria-label={t("siteTitle")}>
      <h3>{t("siteTitle")}</h3>
      {may("edit") ? (
        <>
          <Question />
          <Progress />
          {current ? <Answer map={map} about={about} /> : null}
          {current ? <Ways /> : null}
        </>
      ) : (
        <p class="gm-quiet-text">{t("only")}</p>
      )}
    </section>
  );
}
