"""Who asks, and what they may do: every route names the right that it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fastapi import Depends, Request

from gridmap.errors import PermissionDenied

__all__ = ["RIGHTS", "Principal", "needs", "right_of"]

RIGHTS = ("anyone", "view", "records", "edit", "review", "import", "admin")
"""What a route may need: nothing, to look, to move matters, to change drafts, to decide on plans, to bring in files."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `scope` are codes of places, empty for the whole city; `local` is this machine's own user."""

    name: str
    role: str
    scope: tuple[str, ...] = ()
    local: bool = False
    rights: frozenset[str] = field(default_factory=frozenset)

    def may(self, right: str) -> bool:
        """Say whether a right is held at all."""
        return right == "anyone" or right in self.rights

    @property
    def internal(self) -> bool:
        """Whether figures are shown as a planner sees them; everybody else gets those of a public release."""
        return self.may("edit")

    def require_places(self, codes: Iterable[str]) -> None:
        """Refuse what touches places outside the scope: PermissionDenied."""
        if self.scope and any(not code.startswith(self.scope) for code in codes):
            raise PermissionDenied("outside-scope", "This lies outside your area.", "Ask who plans there.")


_LOCAL = Principal("local", "admin", (), local=True, rights=frozenset(RIGHTS))


class _Needs:
    def __init__(self, right: str) -> None:
        self.right = right

    def __call__(self, request: Request) -> Principal:
        # Until a server has accounts it is bound to this machine, and whoever asks is its user.
        del request
        return _LOCAL


def needs(right: str) -> Any:
    """Return the dependency of a route that needs a right; it gives the Principal."""
    if right not in RIGHTS:
        raise ValueError(f"{right} is no right")
    return Depends(_Needs(right))


def right_of(call: object) -> str | None:
    """Return the right that a dependency asks for, None if it is none of `needs`."""
    return call.right if isinstance(call, _Needs) else None
