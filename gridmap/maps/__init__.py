"""Pictures: offline folium maps, matplotlib plots, and the one encoder of everything they show."""

from gridmap.maps.encode import html_text, script_json
from gridmap.maps.folium_map import PlanMap, plan_map
from gridmap.maps.plot import Picture, compare_plot, histogram, plot

__all__ = ["Picture", "PlanMap", "compare_plot", "histogram", "html_text", "plan_map", "plot", "script_json"]
