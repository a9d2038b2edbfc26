"""The editor of plans in a notebook: `gridmap.notebook.Editor`."""

from gridmap.notebook.editor import Editor as Editor

__all__ = ["Editor"]
