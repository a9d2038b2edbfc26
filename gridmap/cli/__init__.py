"""The command line: arguments in, tables or JSON out. What it does is in `gridmap.handles` and below."""

from __future__ import annotations

import sys

from gridmap.cli.app import app
from gridmap.cli.show import complain
from gridmap.errors import GridmapError, StoreError, outcome

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; every error a user can meet ends in one message and an exit code."""
    try:
        app()
    except GridmapError as error:
        complain(error)
        sys.exit(outcome(error)[0])
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        complain(
            StoreError(
                "system-refused",
                f"{error.filename or 'The system'}: {error.strerror or 'an operation was refused'}.",
                "Check the path, its rights and the space on the disk.",
            )
        )
        sys.exit(6)
