"""The kinds of matter and their stage machines, from `rules/matters.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from gridmap.errors import InputError
from gridmap.rules import table

__all__ = ["MatterKind", "Move", "Stage", "matter_kind", "matter_kinds"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: due after `days` working days (None: no deadline); a `final` one ends the matter."""

    id: str
    zh: str
    en: str
    days: int | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """What leads from one of the stages `begin` to the stage `to`: who may do it, and what has to be said with it."""

    action: str
    zh: str
    begin: frozenset[str]
    to: str
    actors: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class MatterKind:
    """A kind of matter: the levels of place it stands at, its first stage, its stages and moves.

    `topics` are the only ones it may have (empty: any); `quantity` says what its number counts; `admitted` that its
    topic is a task which the catalogue has to admit.
    """

    id: str
    zh: str
    en: str
    levels: tuple[str, ...]
    topics: tuple[str, ...]
    quantity: str
    restricted: bool
    admitted: bool
    start: str
    stages: Mapping[str, Stage]
    moves: tuple[Move, ...]
    source: str
    verified: bool

    def moves_from(self, stage: str) -> tuple[Move, ...]:
        """Return the moves that a matter at a stage may make."""
        return tuple(move for move in self.moves if stage in move.begin)

    def stage(self, name: str) -> Stage:
        """Return a stage by id or Chinese name; InputError if the kind has none of that name."""
        found = self.stages.get(name) or next((one for one in self.stages.values() if one.zh == name), None)
        if found is None:
            raise InputError(
                "stage-unknown", f"{self.id} has no stage {name!r}.", f"Use one of {', '.join(self.stages)}."
            )
        return found


@cache
def matter_kinds() -> Mapping[str, MatterKind]:
    """Return the kinds by id.

    >>> [move.action for move in matter_kinds()["request"].moves_from("handled")]
    ['rate', 'reopen']
    """
    return MappingProxyType({name: read_kind(name, about) for name, about in table("matters")["kinds"].items()})


def read_kind(name: str, about: Mapping[str, Any]) -> MatterKind:
    """Make a kind of what a rule profile says about it; InputError if it contradicts itself."""
    try:
        stages = {stage: Stage(id=stage, **values) for stage, values in about["stages"].items()}
        moves = tuple(
            Move(
                move["action"],
                move["zh"],
                frozenset(move["from"]),
                move["to"],
                tuple(move["actors"]),
                tuple(move.get("needs", ())),
            )
            for move in about["moves"]
        )
        kind = MatterKind(
            name,
            about["zh"],
            about["en"],
            tuple(about["levels"]),
            tuple(about.get("topics", ())),
            about["quantity"],
            about["restricted"],
            about.get("admitted", False),
            about["start"],
            MappingProxyType(stages),
            moves,
            about["source"],
            about["verified"],
        )
    except (KeyError, TypeError) as error:
        raise _contradiction(name, f"{error} is missing or of no use") from None
    for move in moves:
        if not {move.to, *move.begin, kind.start} <= set(stages):
            raise _contradiction(name, f"{move.action} leads from or to a stage that is not there")
        if any(stages[stage].final for stage in move.begin):
            raise _contradiction(name, f"{move.action} leads out of a final stage")
        if sum(other.action == move.action and bool(other.begin & move.begin) for other in moves) > 1:
            raise _contradiction(name, f"{move.action} is there twice for one stage")
    return kind


def _contradiction(name: str, what: str) -> InputError:
    return InputError("matter-kind-broken", f"The kind of matter {name} cannot be used: {what}.", "Correct its rules.")


def matter_kind(name: str) -> MatterKind:
    """Return a kind by id or Chinese name; InputError if there is none."""
    kinds = matter_kinds()
    found = kinds.get(name) or next((kind for kind in kinds.values() if kind.zh == name), None)
    if found is None:
        raise InputError(
            "matter-kind-unknown", f"There is no kind of matter {name!r}.", f"Use one of {', '.join(kinds)}."
        )
    return found
