// What a notebook looks like: light or dark, in JupyterLab, Notebook, VS Code and marimo.

import type { Theme } from "../app/stores/theme";

/** Tell whether the page around the widget is dark. */
export function themeAround(): Theme {
  const { body, documentElement: page } = document;
  const told = body.dataset["jpThemeLight"];
  if (told !== undefined) return told === "false" ? "dark" : "light";
  const dark = [body, page].some((one) => /\b(vscode-dark|vscode-high-contrast|dark|dark-theme)\b/.test(one.className));
  return dark ? "dark" : "light";
}

/** Say the theme whenever it changes, until the returned function is called. */
export function watchTheme(say: (theme: Theme) => void): () => void {
  const look = (): void => {
    say(themeAround());
  };
  look();
  const watcher = new MutationObserver(look);
  for (const one of [document.body, document.documentElement]) {
    watcher.observe(one, { attributes: true, attributeFilter: ["class", "data-jp-theme-light"] });
  }
  return () => {
    watcher.disconnect();
  };
}
