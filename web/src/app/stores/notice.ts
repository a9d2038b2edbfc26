// What screen readers are told, and what is said for a moment at the foot of the page.

import { signal } from "@preact/signals";

export interface Notice {
  text: string;
  kind: "said" | "failed";
  hint: string;
}

export const notice = signal<Notice | null>(null);

/** Say something for a moment. */
export function tell(text: string, kind: Notice["kind"] = "said", hint = ""): void {
  notice.value = { text, kind, hint };
}
