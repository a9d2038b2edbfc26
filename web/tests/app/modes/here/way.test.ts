import { describe, expect, it } from "vitest";

import { dial, distance, hours, minutes, opening } from "../../../../src/app/modes/here/way";

describe("a way in words", () => {
  it.each([
    [0, 1],
    [60, 1],
    [61, 2],
    [899.9, 15],
    [900, 15],
  ])("%d s are %d minutes", (walk_s, said) => {
    expect(minutes(walk_s)).toBe(said);
  });

  it.each([
    [3, "10 m"],
    [122.2, "120 m"],
    [995, "1000 m"],
    [1944, "1.9 km"],
  ])("%d m are %s", (dist_m, said) => {
    expect(distance(dist_m)).toBe(said);
  });

  it.each([
    ["0358-7220001", "tel:03587220001"],
    ["+86 358 722 0001", "tel:+863587220001"],
    ["无", null],
    ["javascript:alert(1)", null],
    [null, null],
  ])("%s is called by %s", (contact, link) => {
    expect(dial(contact)).toBe(link);
  });

  it.each([
    ["Mo-Su 07:00-08:30,11:00-13:00", "每天 07:00-08:30、11:00-13:00"],
    ["Mo-Fr 16:30-19:00; PH off", "周一至周五 16:30-19:00；节假日休息"],
    ["Tu-Su 09:00-17:00", "周二至周日 09:00-17:00"],
    ["24/7", "全天"],
    ["周一至周五 8:30-11:30", "周一至周五 8:30-11:30"],
    [null, null],
  ])("the hours %s are %s", (text, said) => {
    expect(hours(text, "zh")).toBe(said);
    expect(hours(text, "en")).toBe(text);
  });

  it("says the day only when it opens on another", () => {
    expect(opening("2026-03-02T11:00", "2026-03-02T09:30", "zh")).toBe("11:00");
    expect(opening("2026-03-03T07:00", "2026-03-02T20:00", "zh")).toBe("3月3日 07:00");
    expect(opening("2026-03-03T07:00", "2026-03-02T20:00", "en")).toBe("3/3 07:00");
  });
});
