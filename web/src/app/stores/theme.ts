// Light or dark: as it was chosen, else as the system has it.

import { computed, signal } from "@preact/signals";

import { recalled, remember } from "./memory";

export type Theme = "light" | "dark";

const system = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;
const systemDark = signal(system?.matches ?? false);
system?.addEventListener("change", (event) => (systemDark.value = event.matches));

const told = recalled("theme");
const chosen = signal<Theme | null>(told === "light" || told === "dark" ? told : null);

export const theme = computed<Theme>(() => chosen.value ?? (systemDark.value ? "dark" : "light"));

/** Switch to a theme and remember it. */
export function wear(wanted: Theme): void {
  chosen.value = wanted;
  remember("theme", wanted);
}

/** Follow the theme of what the page is part of, without remembering it. */
export function follow(wanted: Theme): void {
  chosen.value = wanted;
}
