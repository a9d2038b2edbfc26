"""Who works on a workspace and what they may do there: rights by role, an area by codes of places."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gridmap.errors import InputError, PermissionDenied
from gridmap.rules import table

if TYPE_CHECKING:
    from gridmap.store import Account, Token

__all__ = ["LOCAL", "NOBODY", "RIGHTS", "ROLES", "Principal", "principal_of"]

RIGHTS = ("anyone", *table("rights")["rights"])
"""What a verb or a route may need: nothing, or one of the rights of `rules/rights.toml`."""

ROLES: tuple[str, ...] = tuple(table("rights")["roles"])


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

    def require(self, right: str) -> None:
        """Refuse who lacks a right: PermissionDenied that names it."""
        if self.may(right):
            return
        told = table("rights")["rights"].get(right)
        what = told["title"] if told else right
        if told and told["whole_city"] and self.scope and right in _rights_of(self.role):
            raise PermissionDenied(
                "area-too-small",
                f"{self.name}, whose area is {', '.join(self.scope)}, may not {what}: it concerns the whole city.",
                "Ask somebody whose area is the whole city.",
            )
        who = f"{self.name} ({self.role})" if self.name else "Nobody who has not logged in"
        raise PermissionDenied(
            "right-missing",
            f"{who} may not {what}." if self.name else f"{who} may {what}.",
            "Ask an administrator for another role." if self.name else "Log in.",
        )

    def require_places(
        self, codes: Iterable[str | None], *, within: AbstractSet[str] | None = None, what: str = "This"
    ) -> None:
        """Refuse what touches a community outside the area: PermissionDenied that names it.

        `within` are the communities of the area; without it, they are those whose codes begin with the area's.
        """
        if not self.scope:
            return
        inside = (lambda code: code in within) if within is not None else (lambda code: code.startswith(self.scope))
        outside = sorted({str(code or "no community") for code in codes if not (code and inside(code))})
        if outside:
            raise PermissionDenied(
                "outside-area",
                f"{what} is outside your area ({', '.join(self.scope)}): it lies in {', '.join(outside[:3])}.",
                "Ask whoever answers for that place.",
            )


LOCAL = Principal("local", "admin", local=True, rights=frozenset(RIGHTS))
"""The user of this machine, who may do everything: whoever can open the file could anyway."""

NOBODY = Principal("", "")


def principal_of(account: Account, token: Token | None = None) -> Principal:
    """Return who an account is, as far as a token of it goes. Rights on the whole city need the whole city as area."""
    rights, scope = _rights_of(account.role), account.scope
    if token is not None:
        rights &= frozenset(token.rights)
        if token.scope:
            inner = tuple(code for code in token.scope if not scope or code.startswith(scope))
            rights, scope = (rights, inner) if inner else (frozenset(), token.scope)
    if account.disabled_at is not None:
        rights = frozenset()
    if scope:
        rights -= {name for name, about in table("rights")["rights"].items() if about["whole_city"]}
    return Principal(account.name, account.role, scope, rights=rights)


def require_role(role: str) -> None:
    """Refuse what is no role: InputError."""
    if role not in ROLES:
        raise InputError("role-unknown", f"There is no role {role!r}.", f"Use {', '.join(ROLES)}.")


def _rights_of(role: str) -> frozenset[str]:
    return frozenset(table("rights")["roles"].get(role, {"rights": ()})["rights"])
