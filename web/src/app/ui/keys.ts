// Keys that do something wherever the focus is, except in fields where one writes.

export interface Hotkey {
  key: string;
  does: string;
  act: () => void;
}

/** Tell whether an element takes what is typed. */
export function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Listen to keys until the returned function is called; those of whoever came last go first. */
export function listen(keys: () => readonly Hotkey[]): () => void {
  const heard = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (writes(event.target) || document.querySelector("dialog[open]")) return;
    const found = keys().find((each) => each.key.toLowerCase() === event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    found.act();
  };
  addEventListener("keydown", heard);
  return () => {
    removeEventListener("keydown", heard);
  };
}
