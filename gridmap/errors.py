"""The errors a user can meet, and the one table that says what each means to a shell and to HTTP."""

from __future__ import annotations


class GridmapError(Exception):
    """Something the user can act on: a stable code, what is wrong, and what to do about it.

    `code` is a short kebab-case name that tests and programs may rely on. `message` names the file, layer and row where
    there are any. `hint` is the remedy, in the imperative.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(GridmapError, ValueError):
    """The input cannot be used as it is."""


class CrsError(InputError):
    """A coordinate reference system is missing, wrong or unsuited to the measure asked for."""


class GeometryError(InputError):
    """A shape is empty, invalid or of the wrong type."""


class EncodingError(InputError):
    """Text cannot be decoded with the encoding named."""


class LimitError(InputError):
    """The input is larger or deeper than a limit of `gridmap.settings`."""


class ConflictError(GridmapError):
    """Somebody else changed the same thing first."""


class InfeasibleError(GridmapError):
    """No solution exists under the rules asked for."""


class PermissionDenied(GridmapError):
    """The user may not do this here."""


class StoreError(GridmapError):
    """A workspace cannot be read or written."""


# Class → (process exit code, HTTP status). The first class of the error's method resolution order found here decides.
OUTCOMES: dict[type[GridmapError], tuple[int, int]] = {
    LimitError: (2, 413),
    InputError: (2, 422),
    ConflictError: (3, 409),
    InfeasibleError: (4, 422),
    PermissionDenied: (5, 403),
    StoreError: (6, 503),
    GridmapError: (2, 400),
}


def outcome(error: GridmapError) -> tuple[int, int]:
    """Return the process exit code and the HTTP status of an error.

    >>> outcome(CrsError("crs-missing", "no CRS"))
    (2, 422)
    """
    return next(OUTCOMES[cls] for cls in type(error).__mro__ if cls in OUTCOMES)
