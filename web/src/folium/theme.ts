// The tokens as CSS variables, light and dark, and the same colours for the canvas.

import { tokens } from "../tokens";

export interface Pair {
  light: string;
  dark: string;
}

function isPair(value: unknown): value is Pair {
  return typeof value === "object" && value !== null && "light" in value && "dark" in value;
}

/** Name → colour pair of every colour among the tokens: `status-under`, `base-land`, `ui-text` … */
export function pairs(tree: object = tokens, prefix = ""): Map<string, Pair> {
  const out = new Map<string, Pair>();
  for (const [key, value] of Object.entries(tree)) {
    const name = `${prefix}${key.replaceAll("_", "-")}`;
    if (isPair(value)) out.set(name, value);
    else if (typeof value === "object" && value !== null)
      for (const [inner, pair] of pairs(value as object, `${name}-`)) out.set(inner, pair);
  }
  return out;
}

/** The style sheet that declares the variables. */
export function variables(): string {
  const side = (key: keyof Pair): string => [...pairs()].map(([name, pair]) => `--${name}:${pair[key]};`).join("");
  const root = `--family:${tokens.type.family};--body:${tokens.type.body_px}px;--label:${tokens.type.label_px}px;`;
  return (
    `.gridmap{${root}--headline:${tokens.type.headline_px}px;${side("light")}}` +
    `@media screen and (prefers-color-scheme:dark){.gridmap{${side("dark")}}}`
  );
}

export interface Theme {
  dark: boolean;
  of: (pair: Pair) => string;
}

/** The theme the reader prefers now, and a call whenever that changes. */
export function watchTheme(changed: () => void): Theme {
  const query = window.matchMedia("screen and (prefers-color-scheme: dark)");
  const theme: Theme = { dark: query.matches, of: (pair) => (theme.dark ? pair.dark : pair.light) };
  query.addEventListener("change", () => {
    theme.dark = query.matches;
    changed();
  });
  return theme;
}
