// The tokens of the theme, as custom properties of the page.

import { tokens } from "../../tokens";
import { theme } from "../stores/theme";

/** Set the colours of the page, or of an element; runs again when the theme changes. */
export function dress(element: HTMLElement = document.documentElement): void {
  const { style, dataset } = element;
  const worn = theme.value;
  dataset["theme"] = worn;
  style.setProperty("color-scheme", worn);
  style.setProperty("--font", tokens.type.family);
  for (const [name, pair] of Object.entries(tokens.ui)) style.setProperty(`--${name}`, pair[worn]);
  for (const [name, pair] of Object.entries(tokens.status)) style.setProperty(`--status-${name}`, pair[worn]);
  style.setProperty("--boundary", tokens.grid.boundary[worn]);
  style.setProperty("--halo", tokens.base.halo[worn]);
}
