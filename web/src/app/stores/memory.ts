// What this browser remembers of its reader. Without storage nothing is remembered, and nothing fails.

/** Return what was remembered under a name, null without. */
export function recalled(name: string): string | null {
  try {
    return localStorage.getItem(`gridmap.${name}`);
  } catch {
    return null;
  }
}

/** Remember a text under a name. */
export function remember(name: string, text: string): void {
  try {
    localStorage.setItem(`gridmap.${name}`, text);
  } catch {
    // Storage is off or full.
  }
}
