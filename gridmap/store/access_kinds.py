"""What an account, a session and a token are to those who use them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

__all__ = ["Account", "Session", "Token"]


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in. `scope` are codes of places; empty is the whole city."""

    name: str
    role: str
    scope: tuple[str, ...]
    created_at: dt.datetime
    disabled_at: dt.datetime | None

    def to_dict(self) -> dict[str, Any]:
        """Return the account as JSON has it."""
        return {
            "name": self.name,
            "role": self.role,
            "scope": list(self.scope),
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "disabled_at": None if self.disabled_at is None else self.disabled_at.isoformat(timespec="seconds"),
        }


@dataclass(frozen=True, slots=True)
class Session:
    """A login: `id` is the secret that the browser keeps, and is nowhere else."""

    id: str
    account: Account


@dataclass(frozen=True, slots=True)
class Token:
    """A token of an account; `rights` and `scope` narrow what the account may."""

    id: str
    account: str
    label: str
    rights: tuple[str, ...]
    scope: tuple[str, ...]
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None

    def to_dict(self) -> dict[str, Any]:
        """Return the token as JSON has it, without its secret."""
        return {
            "id": self.id,
            "account": self.account,
            "label": self.label,
            "rights": list(self.rights),
            "scope": list(self.scope),
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "expires_at": self.expires_at.isoformat(timespec="seconds"),
            "revoked_at": None if self.revoked_at is None else self.revoked_at.isoformat(timespec="seconds"),
        }
