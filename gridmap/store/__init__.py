"""The workspace file: a GeoPackage that QGIS opens, and the log from which every plan can be replayed.

Failure model. A change is one SQL transaction; it is acknowledged when the function that made it returns.

- The process is killed: every acknowledged change is kept, every other leaves no trace. SQLite's write-ahead log
  earns this at any level of `synchronous`, because the system still holds what the process wrote.
- The power fails: the same, at `synchronous = FULL`, which is what we open with: the log is flushed to the disk at
  every commit. A caller who opens with `NORMAL` commits faster and may lose the last commits, never the file. Both need
  a disk that does not lie about flushing, and a local one: write-ahead logs do not work over network file systems.
- The disk is full, or refuses: StoreError, and the workspace is as it was.

A new workspace is made under another name and renamed; one that exists is never renamed, because other processes hold
its log.
"""

from gridmap.store.access import Access as Access
from gridmap.store.access_kinds import Account as Account
from gridmap.store.access_kinds import Session as Session
from gridmap.store.access_kinds import Token as Token
from gridmap.store.accounts import Accounts as Accounts
from gridmap.store.accounts import today as today
from gridmap.store.audit import AuditEntry as AuditEntry
from gridmap.store.audit import AuditVerdict as AuditVerdict
from gridmap.store.audit import entries as audit_entries
from gridmap.store.audit import verify_chain as verify_chain
from gridmap.store.backups import back_up as back_up
from gridmap.store.backups import restore as restore
from gridmap.store.board import Heat as Heat
from gridmap.store.board import Points as Points
from gridmap.store.desk import PlanDesk as PlanDesk
from gridmap.store.engine import Synchronous as Synchronous
from gridmap.store.engine import is_server as is_server
from gridmap.store.engine import where as where
from gridmap.store.fabrics import fabric_key as fabric_key
from gridmap.store.fabrics import read_fabric as read_fabric
from gridmap.store.fabrics import write_fabric as write_fabric
from gridmap.store.imports import ImportDesk as ImportDesk
from gridmap.store.intake import ImportReport as ImportReport
from gridmap.store.intake import Origin as Origin
from gridmap.store.intake import known_layer as known_layer
from gridmap.store.model import SCHEMA_VERSION as SCHEMA_VERSION
from gridmap.store.oplog import Placed as Placed
from gridmap.store.oplog import PlanState as PlanState
from gridmap.store.oplog import apply_change as apply_change
from gridmap.store.oplog import change_between as change_between
from gridmap.store.oplog import place as place
from gridmap.store.oplog import state_of as state_of
from gridmap.store.plans import LogEntry as LogEntry
from gridmap.store.plans import PlanRow as PlanRow
from gridmap.store.plans import require_new_name as require_new_name
from gridmap.store.reassigning import Reassignment as Reassignment
from gridmap.store.recordsdesk import RECORD_TABLES as RECORD_TABLES
from gridmap.store.recordsdesk import RecordsDesk as RecordsDesk
from gridmap.store.recordsdesk import RecordsReport as RecordsReport
from gridmap.store.repairs import RepairRow as RepairRow
from gridmap.store.repairs import list_repairs as list_repairs
from gridmap.store.repairs import make_repair as make_repair
from gridmap.store.repairs import undo_repair as undo_repair
from gridmap.store.restricted import RestrictedFile as RestrictedFile
from gridmap.store.restricted import signing_key as signing_key
from gridmap.store.retired import remember_retired as remember_retired
from gridmap.store.retired import retired_places as retired_places
from gridmap.store.reviewing import ReviewDesk as ReviewDesk
from gridmap.store.scene import Answers as Answers
from gridmap.store.scene import RecordsScene as RecordsScene
from gridmap.store.scene import answers as answers
from gridmap.store.steps import STATES as PLAN_STATES
from gridmap.store.steps import STEPS as PLAN_STEPS
from gridmap.store.steps import Step as Step
from gridmap.store.store import Meta as Meta
from gridmap.store.store import Store as Store
from gridmap.store.store import build_file as build_file
from gridmap.store.store import new_file as new_file

__all__ = [
    "PLAN_STATES",
    "PLAN_STEPS",
    "RECORD_TABLES",
    "SCHEMA_VERSION",
    "Access",
    "Account",
    "Accounts",
    "Answers",
    "AuditEntry",
    "AuditVerdict",
    "Heat",
    "ImportDesk",
    "ImportReport",
    "LogEntry",
    "Meta",
    "Origin",
    "Placed",
    "PlanDesk",
    "PlanRow",
    "PlanState",
    "Points",
    "Reassignment",
    "RecordsDesk",
    "RecordsReport",
    "RecordsScene",
    "RepairRow",
    "RestrictedFile",
    "ReviewDesk",
    "Session",
    "Step",
    "Store",
    "Synchronous",
    "Token",
    "answers",
    "apply_change",
    "audit_entries",
    "back_up",
    "build_file",
    "change_between",
    "fabric_key",
    "is_server",
    "known_layer",
    "list_repairs",
    "make_repair",
    "new_file",
    "place",
    "read_fabric",
    "remember_retired",
    "require_new_name",
    "restore",
    "retired_places",
    "signing_key",
    "state_of",
    "today",
    "undo_repair",
    "verify_chain",
    "where",
    "write_fabric",
]
