// Figures of a plan that is being changed in this page, before anybody else has them.

import { signal } from "@preact/signals";

/** How many grids are in range and not as they are drawn right now, null unless the plan is being changed here. */
export const live = signal<Readonly<Record<"under" | "in_range" | "over", number>> | null>(null);
