"""The one door to a workspace; its verbs stand by theme, one module each."""

from gridmap.store import RECORD_TABLES as RECORD_TABLES
from gridmap.store import ImportReport as ImportReport
from gridmap.store import is_server as is_server
from gridmap.workspace.door import Workspace as Workspace
from gridmap.workspace.ledgers import LedgerReport as LedgerReport
from gridmap.workspace.repairs import Mended as Mended

__all__ = ["RECORD_TABLES", "ImportReport", "LedgerReport", "Mended", "Workspace", "is_server"]
