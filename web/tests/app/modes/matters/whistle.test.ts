import { describe, expect, it } from "vitest";

import { body, CLOSED, sendable, whistled, type Act, type Whistle } from "../../../../src/app/modes/matters/whistle";

const HERE = { lon: 111.788, lat: 37.265 };
const after = (...acts: Act[]): Whistle => acts.reduce(whistled, CLOSED);

describe("the call-out", () => {
  it("takes three taps where the place is known", () => {
    const taps: Act[] = [{ act: "open", place: HERE }, { act: "topic", topic: "路灯不亮" }, { act: "send" }];
    expect(after(...taps)).toMatchObject({ step: "sending", topic: "路灯不亮", place: HERE });
    expect(body(after(...taps.slice(0, 2)))).toEqual({
      kind: "request", actor: "grid_worker", topic: "路灯不亮", title: "路灯不亮", ...HERE,
    });
  });

  it("waits for the place where it is not known, in either order", () => {
    expect(after({ act: "open", place: null }, { act: "topic", topic: "其他" }).step).toBe("topic");
    expect(after({ act: "open", place: null }, { act: "topic", topic: "其他" }, { act: "send" }).step).toBe("topic");
    expect(after({ act: "open", place: null }, { act: "topic", topic: "其他" }, { act: "place", ...HERE }).step).toBe("ready");
    expect(after({ act: "open", place: null }, { act: "place", ...HERE }, { act: "topic", topic: "其他" }).step).toBe("ready");
  });

  it("is sent once, and again only after it failed", () => {
    const sending = after({ act: "open", place: HERE }, { act: "topic", topic: "其他" }, { act: "send" });
    expect(sendable(sending)).toBe(false);
    expect(whistled(sending, { act: "send" })).toBe(sending);
    const sent = whistled(sending, { act: "sent", id: "request-1" });
    expect(whistled(sent, { act: "send" }).step).toBe("sent");
    const failed = whistled(sending, { act: "failed", said: "no network" });
    expect(whistled(failed, { act: "send" }).step).toBe("sending");
    expect(failed.topic).toBe("其他");
  });

  it("keeps what was written and forgets all when closed", () => {
    const written = after({ act: "open", place: HERE }, { act: "topic", topic: "其他" }, { act: "title", title: " 井盖 " });
    expect(body(written)["title"]).toBe("井盖");
    expect(whistled(written, { act: "close" })).toEqual(CLOSED);
    expect(() => body(CLOSED)).toThrow();
  });
});
