"""Facilities: the nearest, who is covered, how even access is, and where the next should stand."""

from gridmap.facilities.access import gini as gini
from gridmap.facilities.access import lorenz as lorenz
from gridmap.facilities.access import two_step as two_step
from gridmap.facilities.alternatives import Alternative as Alternative
from gridmap.facilities.alternatives import alternatives as alternatives
from gridmap.facilities.check import check as check
from gridmap.facilities.check import check_reach as check_reach
from gridmap.facilities.coverage import Coverage as Coverage
from gridmap.facilities.coverage import coverage as coverage
from gridmap.facilities.coverage import headline as headline
from gridmap.facilities.flow import Assigned as Assigned
from gridmap.facilities.flow import assign as assign
from gridmap.facilities.ground import Ground as Ground
from gridmap.facilities.ground import Places as Places
from gridmap.facilities.ground import ground as ground
from gridmap.facilities.ground import places as places
from gridmap.facilities.hotspots import HotSpot as HotSpot
from gridmap.facilities.hotspots import hot_spots as hot_spots
from gridmap.facilities.hotspots import hot_spots_frame as hot_spots_frame
from gridmap.facilities.hours import OpeningHours as OpeningHours
from gridmap.facilities.hours import parse_hours as parse_hours
from gridmap.facilities.kinds import Kind as Kind
from gridmap.facilities.kinds import Limit as Limit
from gridmap.facilities.kinds import circles as circles
from gridmap.facilities.kinds import kind_named as kind_named
from gridmap.facilities.kinds import kinds as kinds
from gridmap.facilities.nearest import Nearest as Nearest
from gridmap.facilities.nearest import nearest as nearest
from gridmap.facilities.nearest import nearest_table as nearest_table
from gridmap.facilities.relation import Relation as Relation
from gridmap.facilities.relation import relation as relation
from gridmap.facilities.sharing import Access as Access
from gridmap.facilities.sharing import access as access
from gridmap.facilities.sites import SitePlan as SitePlan
from gridmap.facilities.sites import candidates as candidates
from gridmap.facilities.sites import site as site
from gridmap.facilities.supply import Supply as Supply
from gridmap.facilities.supply import supply_for as supply_for
from gridmap.facilities.supply import supply_of as supply_of
from gridmap.facilities.walks import nearest_k as nearest_k
from gridmap.facilities.walks import reach as reach
from gridmap.facilities.whatif import Change as Change
from gridmap.facilities.whatif import Close as Close
from gridmap.facilities.whatif import Extend as Extend
from gridmap.facilities.whatif import Move as Move
from gridmap.facilities.whatif import Open as Open
from gridmap.facilities.whatif import WhatIf as WhatIf
from gridmap.facilities.whatif import what_if as what_if

__all__ = [
    "Access", "Alternative", "Assigned", "Change", "Close", "Coverage", "Extend", "Ground", "HotSpot", "Kind",
    "Limit", "Move", "Nearest", "Open", "OpeningHours", "Places", "Relation", "SitePlan", "Supply", "WhatIf",
    "access", "alternatives", "assign", "candidates", "check", "check_reach", "circles", "coverage", "gini",
    "ground", "headline", "hot_spots", "hot_spots_frame", "kind_named", "kinds", "lorenz", "nearest", "nearest_k",
    "nearest_table", "parse_hours", "places", "reach", "relation", "site", "supply_for", "supply_of", "two_step",
    "what_if",
]  # fmt: skip
