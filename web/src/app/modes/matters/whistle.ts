// The call-out 网格吹哨: what it is about, where, and sent. Three taps: open, topic, send; the place is where somebody stands.

export const TOPICS = [
  { zh: "停车秩序", en: "parking" },
  { zh: "供暖不热", en: "cold heating" },
  { zh: "噪声扰民", en: "noise" },
  { zh: "环境卫生", en: "litter and dirt" },
  { zh: "下水堵塞", en: "blocked drain" },
  { zh: "邻里纠纷", en: "neighbours' quarrel" },
  { zh: "路灯不亮", en: "street lamp out" },
  { zh: "消防通道占用", en: "fire lane blocked" },
  { zh: "电动车充电", en: "e-bike charging" },
  { zh: "楼道堆物", en: "things in stairways" },
  { zh: "其他", en: "other" },
] as const;

export interface Whistle {
  step: "closed" | "topic" | "ready" | "sending" | "sent" | "failed";
  topic: string | null;
  place: { lon: number; lat: number } | null;
  title: string;
  id: string | null;
  said: string;
}

export const CLOSED: Whistle = { step: "closed", topic: null, place: null, title: "", id: null, said: "" };

export type Act =
  | { act: "open"; place: { lon: number; lat: number } | null }
  | { act: "topic"; topic: string }
  | { act: "place"; lon: number; lat: number }
  | { act: "title"; title: string }
  | { act: "send" }
  | { act: "sent"; id: string }
  | { act: "failed"; said: string }
  | { act: "close" };

/** Return the call-out after something was done. What is sent cannot be sent a second time. */
export function whistled(now: Whistle, done: Act): Whistle {
  switch (done.act) {
    case "open":
      return { ...CLOSED, step: "topic", place: done.place };
    case "topic":
      return now.step === "topic" || now.step === "ready" ? { ...now, topic: done.topic, step: ready(now) } : now;
    case "place": {
      const placed = { ...now, place: { lon: done.lon, lat: done.lat } };
      return now.step === "topic" && now.topic !== null ? { ...placed, step: "ready" } : placed;
    }
    case "title":
      return { ...now, title: done.title };
    case "send":
      return sendable(now) ? { ...now, step: "sending", said: "" } : now;
    case "close":
      return CLOSED;
    default:
      return now.step === "sending" ? answered(now, done) : now;
  }
}

function answered(now: Whistle, done: Act): Whistle {
  if (done.act === "sent") return { ...now, step: "sent", id: done.id };
  return done.act === "failed" ? { ...now, step: "failed", said: done.said } : now;
}

function ready(now: Whistle): Whistle["step"] {
  return now.place === null ? "topic" : "ready";
}

/** Return whether all is said that is needed. */
export function sendable(now: Whistle): boolean {
  return (now.step === "ready" || now.step === "failed") && now.topic !== null && now.place !== null;
}

/** Return what is sent. Without words of its own, it is called by its topic. */
export function body(now: Whistle): Record<string, unknown> {
  if (now.topic === null || now.place === null) throw new Error("it has no topic or no place");
  const title = now.title.trim();
  return {
    kind: "request",
    actor: "grid_worker",
    topic: now.topic,
    title: title === "" ? now.topic : title,
    lon: now.place.lon,
    lat: now.place.lat,
  };
}
