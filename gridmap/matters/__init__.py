"""What happens at a place: kinds of matter with their stage machines as data, deadlines, admission and matching.

Nothing here knows shapes or files: places are codes of the backbone, and what walking costs is passed in.
"""

from gridmap.matters.admission import Task as Task
from gridmap.matters.admission import catalogue as catalogue
from gridmap.matters.admission import require_admitted as require_admitted
from gridmap.matters.kinds import MatterKind as MatterKind
from gridmap.matters.kinds import Move as Move
from gridmap.matters.kinds import Stage as Stage
from gridmap.matters.kinds import matter_kind as matter_kind
from gridmap.matters.kinds import matter_kinds as matter_kinds
from gridmap.matters.ledger import EVENTS as EVENTS
from gridmap.matters.ledger import MATTERS as MATTERS
from gridmap.matters.ledger import check_matters as check_matters
from gridmap.matters.machine import Event as Event
from gridmap.matters.machine import Matter as Matter
from gridmap.matters.machine import advance as advance
from gridmap.matters.machine import open_matter as open_matter
from gridmap.matters.machine import readdress as readdress
from gridmap.matters.machine import replay as replay
from gridmap.matters.matching import Match as Match
from gridmap.matters.matching import match_needs as match_needs
from gridmap.matters.workdays import city_date as city_date
from gridmap.matters.workdays import due_date as due_date
from gridmap.matters.workdays import is_workday as is_workday
from gridmap.matters.workdays import workdays_between as workdays_between

__all__ = [
    "EVENTS", "MATTERS", "Event", "Match", "Matter", "MatterKind", "Move", "Stage", "Task", "advance", "catalogue",
    "check_matters", "city_date", "due_date", "is_workday", "match_needs", "matter_kind", "matter_kinds",
    "open_matter", "readdress", "replay", "require_admitted", "workdays_between",
]  # fmt: skip
