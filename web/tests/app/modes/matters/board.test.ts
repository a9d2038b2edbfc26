import { describe, expect, it } from "vitest";

import {
  actorsAt, daysLate, missing, movesFor, openColumns, overdueFirst, rateable, totals, type Card, type Kind,
} from "../../../../src/app/modes/matters/board";

const TODAY = "2026-03-10";
const KIND: Kind = {
  id: "request", zh: "居民诉求", en: "request", levels: ["grid"], topics: [], quantity: "",
  stages: ["found", "dispatched", "answered", "handled"].map((id) => ({ id, zh: id, en: id, days: 1, final: false }))
    .concat([{ id: "rated", zh: "rated", en: "rated", days: 0, final: true }]),
  moves: [
    { action: "dispatch", zh: "派单", from: ["found"], to: "dispatched", actors: ["community_worker"], needs: ["organisation"] },
    { action: "settle", zh: "自办", from: ["found"], to: "handled", actors: ["grid_worker", "community_worker"], needs: [] },
    { action: "answer", zh: "应哨", from: ["dispatched"], to: "answered", actors: ["department"], needs: [] },
    { action: "rate", zh: "评价", from: ["handled"], to: "rated", actors: ["resident"], needs: ["rating"] },
    { action: "reopen", zh: "重办", from: ["handled"], to: "dispatched", actors: ["resident", "community_worker"], needs: [] },
  ],
};
const card = (id: string, due: string | null, closed: string | null = null): Card => ({
  id, kind: "request", topic: null, title: null, stage: "found", level: "grid", code: "1", grid: "1",
  opened: "2026-03-01", due, closed, revision: 1,
});

describe("the board", () => {
  it("shows what is late the longest first, then what is due first, what has no deadline last", () => {
    const cards = [card("none", null), card("soon", "2026-03-11"), card("late", "2026-03-09"), card("later", "2026-02-27"),
      card("today", TODAY)];
    expect(overdueFirst(cards, TODAY).map((one) => one.id)).toEqual(["later", "late", "today", "soon", "none"]);
    expect(cards.map((one) => one.id)[0]).toBe("none");
  });

  it.each([
    ["2026-03-09", null, 1],
    [TODAY, null, 0],
    ["2026-02-28", null, 10],
    ["2026-02-28", "2026-03-01", 0],
    [null, null, 0],
  ])("due %s, closed %s is %d days late", (due, closed, days) => {
    expect(daysLate(card("a", due, closed), TODAY)).toBe(days);
  });

  it("counts and shows only what is under way", () => {
    const columns = [
      { stage: "found", title: "", matters: 4, overdue: 2, cards: [card("b", null), card("a", "2026-03-01")] },
      { stage: "handled", title: "", matters: 3, overdue: 0, cards: [] },
      { stage: "rated", title: "", matters: 460, overdue: 0, cards: [] },
    ];
    const open = openColumns(columns, KIND, TODAY);
    expect(open.map((one) => one.stage)).toEqual(["found", "handled"]);
    expect(open[0]?.cards[0]?.id).toBe("a");
    expect(totals(open)).toEqual({ open: 7, late: 2 });
  });
});

describe("what can be done", () => {
  it("depends on the stage and on who acts, and rating is left to residents", () => {
    expect(movesFor(KIND, "found", "grid_worker").map((one) => one.action)).toEqual(["settle"]);
    expect(movesFor(KIND, "found", "community_worker").map((one) => one.action)).toEqual(["dispatch", "settle"]);
    expect(movesFor(KIND, "found", "department")).toEqual([]);
    expect(movesFor(KIND, "handled", "community_worker").map((one) => one.action)).toEqual(["reopen"]);
    expect(actorsAt(KIND, "found")).toEqual(["grid_worker", "community_worker"]);
    expect(actorsAt(KIND, "handled")).toEqual(["community_worker"]);
    expect(rateable(KIND, "handled")).toBe(true);
    expect(rateable(KIND, "found")).toBe(false);
  });

  it("names what was not said yet", () => {
    const dispatch = KIND.moves[0];
    if (dispatch === undefined) throw new Error("no move");
    expect(missing(dispatch, {})).toEqual(["organisation"]);
    expect(missing(dispatch, { organisation: "BM001" })).toEqual([]);
  });
});
