// How a way, its time and opening hours are said.

export type Language = "zh" | "en";

/** Return minutes on foot, rounded up: nobody wants to be late. */
export function minutes(walk_s: number): number {
  return Math.max(1, Math.ceil(walk_s / 60 - 1e-9));
}

/** Return a distance as it is said: 10 m steps below a kilometre. */
export function distance(dist_m: number): string {
  if (dist_m < 1000) return `${Math.max(10, Math.round(dist_m / 10) * 10)} m`;
  return `${(dist_m / 1000).toFixed(1)} km`;
}

/** Return the link that calls a number, null where it has no digits to dial. */
export function dial(contact: string | null): string | null {
  const digits = (contact ?? "").replace(/[^0-9+*#]/g, "");
  return digits.length >= 3 ? `tel:${digits}` : null;
}

const DAYS: Record<string, string> = { Mo: "周一", Tu: "周二", We: "周三", Th: "周四", Fr: "周五", Sa: "周六", Su: "周日" };

/** Return opening hours in words of the language; what is in Chinese words already stays. */
export function hours(text: string | null, language: Language): string | null {
  if (text === null || text === "") return null;
  if (language === "en") return text;
  return text
    .replace(/^24\/7$/, "全天")
    .replace(/\bMo-Su\b/g, "每天")
    .replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)\b/g, (day) => DAYS[day] ?? day)
    .replace(/\bPH off\b/g, "节假日休息")
    .replace(/\bPH\b/g, "节假日")
    .replace(/\boff\b/g, "休息")
    .replace(/(周.)-(周.)/g, "$1至$2")
    .replace(/,\s*/g, "、")
    .replace(/;\s*/g, "；");
}

/** Return when it opens next, as said on a day: the time alone for the same day. */
export function opening(next: string, at: string, language: Language): string {
  const [day = "", time = ""] = next.split("T");
  if (day === at.slice(0, 10)) return time;
  const [, month = "", date = ""] = day.split("-");
  return language === "zh" ? `${Number(month)}月${Number(date)}日 ${time}` : `${Number(month)}/${Number(date)} ${time}`;
}
