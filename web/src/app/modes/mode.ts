// What a mode of the map is: one question, one panel, and what it lays over the map.

import type { ComponentType } from "preact";

import type { Session } from "../api/types";
import type { MapView } from "../map/view";
import type { Word } from "../words/words";

export interface Mode {
  id: string;
  /** The key that switches to it. */
  key: string;
  words: Word;
  /** The path of its sign, in a box of 24 by 24. */
  icon: string;
  allowed(session: Session): boolean;
  Panel: ComponentType<{ map: MapView }>;
  /** Lay the mode's layers over the map; the returned function takes them away. */
  enter(map: MapView): () => void;
  /** Whether it is of use on a phone. */
  phone: boolean;
}

/** What is known of a mode before its code is there. */
export type Listed = Omit<Mode, "Panel" | "enter"> & { load: () => Promise<{ default: Pick<Mode, "Panel" | "enter"> }> };
