"""The one door to a workspace; its verbs stand by theme, one module each."""

from gridmap.store import RECORD_TABLES as RECORD_TABLES
from gridmap.store import ImportReport as ImportReport
from gridmap.store import is_server as is_server
from gridmap.workspace.backups import back_up as back_up
from gridmap.workspace.backups import restore as restore
from gridmap.workspace.door import Workspace as Workspace
from gridmap.workspace.ledgers import LedgerReport as LedgerReport
from gridmap.workspace.principal import LOCAL as LOCAL
from gridmap.workspace.principal import NOBODY as NOBODY
from gridmap.workspace.principal import RIGHTS as RIGHTS
from gridmap.workspace.principal import ROLES as ROLES
from gridmap.workspace.principal import Principal as Principal
from gridmap.workspace.principal import principal_of as principal_of
from gridmap.workspace.repairs import Mended as Mended

__all__ = [
    "LOCAL", "NOBODY", "RECORD_TABLES", "RIGHTS", "ROLES", "ImportReport", "LedgerReport", "Mended", "Principal",
    "Workspace", "back_up", "is_server", "principal_of", "restore",
]  # fmt: skip
