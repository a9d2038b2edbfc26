"""Pictures: offline folium maps, matplotlib plots, and the one encoder of everything they show."""

from gridmap.maps.coverage_map import coverage_map
from gridmap.maps.coverage_plot import coverage_plot
from gridmap.maps.difference_map import difference_map
from gridmap.maps.encode import html_text, script_json
from gridmap.maps.findings_map import findings_map
from gridmap.maps.folium_map import CityMap, PlanMap, plan_map
from gridmap.maps.frontier_plot import frontier_plot
from gridmap.maps.matters_map import matters_map
from gridmap.maps.plot import Picture, compare_plot, histogram, plot
from gridmap.maps.siting_map import siting_map

__all__ = [
    "CityMap",
    "Picture",
    "PlanMap",
    "compare_plot",
    "coverage_map",
    "coverage_plot",
    "difference_map",
    "findings_map",
    "frontier_plot",
    "histogram",
    "html_text",
    "matters_map",
    "plan_map",
    "plot",
    "script_json",
    "siting_map",
]
