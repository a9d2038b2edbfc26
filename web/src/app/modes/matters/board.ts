// The board of a kind of matters and what can be done with one: pure, by the kinds that the server tells.

export interface Stage {
  id: string;
  zh: string;
  en: string;
  days: number | null;
  final: boolean;
}

export interface Move {
  action: string;
  zh: string;
  from: string[];
  to: string;
  actors: string[];
  needs: string[];
}

export interface Kind {
  id: string;
  zh: string;
  en: string;
  levels: string[];
  topics: string[];
  quantity: string;
  stages: Stage[];
  moves: Move[];
}

export interface Card {
  id: string;
  kind: string;
  topic: string | null;
  title: string | null;
  stage: string;
  level: string;
  code: string;
  grid: string | null;
  opened: string;
  due: string | null;
  closed: string | null;
  revision: number;
}

export interface Column {
  stage: string;
  title: string;
  matters: number;
  overdue: number;
  cards: Card[];
}

/** Who acts: what staff say they act as. Residents rate by their link. */
export const ACTORS = ["grid_worker", "community_worker", "subdistrict", "department"] as const;
export type Actor = (typeof ACTORS)[number];

/** Return how many days a matter is late on a day, 0 where it is not, has no deadline, or has ended. */
export function daysLate(card: Pick<Card, "due" | "closed">, today: string): number {
  if (card.due === null || card.closed !== null || card.due >= today) return 0;
  return Math.round((Date.parse(today) - Date.parse(card.due)) / 86_400_000);
}

/** Order matters: what is late the longest first, then what is due first, then the newest. */
export function overdueFirst(cards: readonly Card[], today: string): Card[] {
  return [...cards].sort(
    (a, b) =>
      daysLate(b, today) - daysLate(a, today) ||
      (a.due ?? "9999").localeCompare(b.due ?? "9999") ||
      b.opened.localeCompare(a.opened) ||
      a.id.localeCompare(b.id),
  );
}

/** Return the columns of what is still under way, each with its cards in order. */
export function openColumns(columns: readonly Column[], kind: Kind, today: string): Column[] {
  const ended = new Set(kind.stages.filter((stage) => stage.final).map((stage) => stage.id));
  return columns
    .filter((column) => !ended.has(column.stage))
    .map((column) => ({ ...column, cards: overdueFirst(column.cards, today) }));
}

/** Return the totals of a board: how many are open, and how many of them late. */
export function totals(columns: readonly Column[]): { open: number; late: number } {
  return columns.reduce((sum, one) => ({ open: sum.open + one.matters, late: sum.late + one.overdue }), {
    open: 0,
    late: 0,
  });
}

/** Return what an actor may do with a matter at a stage. Rating is for residents, and left to their link. */
export function movesFor(kind: Kind, stage: string, actor: Actor): Move[] {
  return kind.moves.filter((move) => move.from.includes(stage) && move.actors.includes(actor));
}

/** Return the actors who may do anything at a stage, the first of them the one to begin with. */
export function actorsAt(kind: Kind, stage: string): Actor[] {
  return ACTORS.filter((actor) => movesFor(kind, stage, actor).length > 0);
}

export interface Answer {
  organisation?: string;
  quantity?: number;
  link?: string;
}

/** Return what a move needs that was not said yet. */
export function missing(move: Move, said: Answer): string[] {
  return move.needs.filter((need) => need !== "admitted" && (said as Record<string, unknown>)[need] === undefined);
}

/** Return whether a stage can be rated by a link. */
export function rateable(kind: Kind, stage: string): boolean {
  return kind.moves.some((move) => move.action === "rate" && move.from.includes(stage));
}
