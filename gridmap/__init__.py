"""gridmap: plan and map the grids (网格) by which Chinese cities are governed.

>>> import gridmap
>>> sorted(gridmap.__all__)
['__version__', 'create', 'create_sample', 'open']
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gridmap.handles import create, create_sample, open

__all__ = ["__version__", "create", "create_sample", "open"]

__version__ = version("gridmap")


def __getattr__(name: str) -> Any:
    # The rooms take a second to import; the command line's help and `gridmap.__version__` need none of them.
    if name in __all__:
        from gridmap import handles

        return getattr(handles, name)
    raise AttributeError(f"module 'gridmap' has no attribute {name!r}")
