// What every page says of itself: what its households count, when it was drawn, and that its data are invented.

import { h } from "../dom";
import type { CityDocument, Language } from "./document";
import { basisName, words } from "./text";

export function footing(city: CityDocument, language: Language, more: readonly string[] = []): HTMLElement {
  const w = words(language);
  const basis = [basisName(city.basis, language), city.basis_date].filter(Boolean).join(language === "zh" ? "，" : ", ");
  const colon = language === "zh" ? "：" : ": ";
  const lines = [...more, city.basis && `${w.basis}${colon}${basis}`, `${w.drawn}${colon}${city.date}`];
  return h("p", { class: "gm-footing" }, ...lines.filter(Boolean).map((line) => h("div", {}, line)));
}

/** The badge that every picture of invented data carries. */
export function badge(city: CityDocument, language: Language): HTMLElement | null {
  const w = words(language);
  return city.sample ? h("span", { class: "gm-badge", title: w.sample_about }, w.sample) : null;
}
