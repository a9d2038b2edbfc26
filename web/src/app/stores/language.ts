// The reader's language: of the address, else as it was last, else the browser's.

import { signal } from "@preact/signals";

import { recalled, remember } from "./memory";

export type Language = "zh" | "en";

export const language = signal<Language>(chosen());

function chosen(): Language {
  const asked = new URLSearchParams(location.search).get("lang") ?? recalled("lang");
  if (asked === "zh" || asked === "en") return asked;
  return navigator.language.toLowerCase().startsWith("en") ? "en" : "zh";
}

/** Switch to a language and remember it. */
export function speak(wanted: Language): void {
  language.value = wanted;
  remember("lang", wanted);
}
