import { describe, expect, it } from "vitest";

import { byVisits, coming, kindsOf, topicOf, type Venue } from "../../../../src/app/modes/venues/calendar";

const venue = (id: string, more: Partial<Venue> = {}): Venue => ({
  id, name: id, kind: "reading_zone", zh: "阅读", en: "reading", opening_hours: null, address: null, held: 0, visits: 0,
  planned: [], ...more,
});

describe("venues", () => {
  it("tell what comes next, from today on", () => {
    const venues = [
      venue("b", { planned: [{ topic: "talk", day: "2026-03-12" }, { topic: "talk", day: "2026-03-01" }] }),
      venue("a", { planned: [{ topic: null, day: "2026-03-10" }, { topic: "market", day: "2026-03-12" }] }),
    ];
    expect(coming(venues, "2026-03-10").map(({ venue: at, day }) => `${at.id} ${day}`)).toEqual([
      "a 2026-03-10", "a 2026-03-12", "b 2026-03-12",
    ]);
  });

  it("are ranked by visits and counted by kind", () => {
    const venues = [venue("a", { visits: 3 }), venue("b", { visits: 9, kind: "folk_village" }), venue("c", { visits: 3, held: 2 })];
    expect(byVisits(venues).map((one) => one.id)).toEqual(["b", "c", "a"]);
    expect(kindsOf(venues).map(({ kind, n }) => [kind, n])).toEqual([["reading_zone", 2], ["folk_village", 1]]);
  });

  it("name their activities", () => {
    expect(topicOf("talk", "zh")).toBe("议事恳谈");
    expect(topicOf("太极", "en")).toBe("太极");
    expect(topicOf(null, "zh")).toBe("活动");
  });
});
