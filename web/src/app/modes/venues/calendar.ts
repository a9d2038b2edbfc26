// Activities at venues: what comes next, and which venues are used most.

export interface Venue {
  id: string;
  name: string | null;
  kind: string;
  zh: string;
  en: string;
  opening_hours: string | null;
  address: string | null;
  held: number;
  visits: number;
  planned: { topic: string | null; day: string }[];
}

export interface Coming {
  venue: Venue;
  topic: string | null;
  day: string;
}

/** Return what is planned from a day on, the next first. */
export function coming(venues: readonly Venue[], today: string): Coming[] {
  return venues
    .flatMap((venue) => venue.planned.map(({ topic, day }) => ({ venue, topic, day })))
    .filter(({ day }) => day >= today)
    .sort((a, b) => a.day.localeCompare(b.day) || (a.venue.name ?? "").localeCompare(b.venue.name ?? ""));
}

/** Order venues by the visits they count. */
export function byVisits(venues: readonly Venue[]): Venue[] {
  return [...venues].sort((a, b) => b.visits - a.visits || b.held - a.held || a.id.localeCompare(b.id));
}

/** Return the kinds that there are, each with how many venues it has. */
export function kindsOf(venues: readonly Venue[]): { kind: string; zh: string; en: string; n: number }[] {
  const found = new Map<string, { kind: string; zh: string; en: string; n: number }>();
  for (const { kind, zh, en } of venues) {
    const row = found.get(kind) ?? { kind, zh, en, n: 0 };
    found.set(kind, { ...row, n: row.n + 1 });
  }
  return [...found.values()].sort((a, b) => b.n - a.n);
}

const TOPICS: Record<string, [zh: string, en: string]> = {
  talk: ["议事恳谈", "talk"],
  market: ["集市", "market"],
  station: ["站点活动", "station activity"],
  silver_hair: ["银龄活动", "silver-hair activity"],
  culture: ["文化活动", "culture"],
};

/** Return what an activity is, in words. */
export function topicOf(topic: string | null, language: "zh" | "en"): string {
  const known = topic === null ? undefined : TOPICS[topic];
  if (known === undefined) return topic ?? (language === "zh" ? "活动" : "activity");
  return known[language === "zh" ? 0 : 1];
}
