// Strings in Chinese and English: each theme has its dictionary beside it and asks it by key.

import { language } from "../stores/language";

export interface Word {
  zh: string;
  en: string;
}

export type Values = Readonly<Record<string, string | number>>;

/** Return `text` with {name} replaced by values. */
export function filled(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** Return the reader's word of a pair. */
export function say(word: Word, values: Values = {}): string {
  return filled(word[language.value], values);
}

/** Return a function that says a dictionary's words in the reader's language. */
export function words<Key extends string>(
  dictionary: Readonly<Record<Key, Word>>,
): (key: Key, values?: Values) => string {
  return (key, values = {}) => say(dictionary[key], values);
}

/** Return a number as it is read: thousands separated; a dash where there is none. */
export function count(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  const style = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString(language.value === "zh" ? "zh-CN" : "en-GB", style);
}

/** Return a share of 1 in per cent. */
export function percent(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? "—" : `${count(value * 100, digits)}%`;
}
