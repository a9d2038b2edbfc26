"""Who answers for a place: kinds of duty as data, vacancies, coverage, staffing, workers assigned to grids.

Nothing here knows shapes: places are codes of the backbone, and what walking costs is passed in.
"""

from gridmap.duties.answers import Coverage as Coverage
from gridmap.duties.answers import Staffing as Staffing
from gridmap.duties.answers import Vacancies as Vacancies
from gridmap.duties.answers import answering as answering
from gridmap.duties.answers import coverage as coverage
from gridmap.duties.answers import holding as holding
from gridmap.duties.answers import staffing as staffing
from gridmap.duties.answers import vacancies as vacancies
from gridmap.duties.assignment import Assignment as Assignment
from gridmap.duties.assignment import assign as assign
from gridmap.duties.kinds import DutyKind as DutyKind
from gridmap.duties.kinds import duty_kind as duty_kind
from gridmap.duties.kinds import duty_kinds as duty_kinds
from gridmap.duties.ledger import DUTIES as DUTIES
from gridmap.duties.ledger import ORGANISATIONS as ORGANISATIONS
from gridmap.duties.ledger import PERSONS as PERSONS
from gridmap.duties.ledger import check_duties as check_duties
from gridmap.duties.ledger import places_of as places_of

__all__ = [
    "DUTIES", "ORGANISATIONS", "PERSONS", "Assignment", "Coverage", "DutyKind", "Staffing", "Vacancies", "answering",
    "assign", "check_duties", "coverage", "duty_kind", "duty_kinds", "holding", "places_of", "staffing", "vacancies",
]  # fmt: skip
