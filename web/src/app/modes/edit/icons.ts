// The signs of the editor, paths in a box of 24 by 24.

import type { Tool } from "./state";

export const ICONS: Record<Tool | "lock" | "undo" | "redo", string> = {
  select: "M6 3l12 9-5 1 3 6-3 1-3-6-4 3z",
  brush: "M4 20c3 0 5-1 5-4l9-11 2 2-10 10c0 3-3 4-6 3z",
  click: "M5 5h14v14H5zM12 9v6M9 12h6",
  lasso: "M12 5c5 0 8 2 8 5s-3 5-8 5-8-2-8-5 3-5 8-5zM8 14c-1 2 0 5 3 6",
  line: "M4 18L20 6M9 4H4v5M15 20h5v-5",
  merge: "M4 5h6v14H4zM14 5h6v14h-6zM10 12h4",
  new: "M5 5h14v14H5zM12 8v8M8 12h8",
  carry: "M12 3v18M3 12h18M12 3l-2.5 2.5M12 3l2.5 2.5M12 21l-2.5-2.5M12 21l2.5-2.5M3 12l2.5-2.5M3 12l2.5 2.5M21 12l-2.5-2.5M21 12l-2.5 2.5",
  lock: "M6 11h12v9H6zM9 11V7a3 3 0 0 1 6 0v4",
  undo: "M9 6L4 11l5 5M4 11h10a6 6 0 0 1 0 10",
  redo: "M15 6l5 5-5 5M20 11H10a6 6 0 0 0 0 10",
};
