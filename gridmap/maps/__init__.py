"""Pictures: offline folium maps, matplotlib plots, and the one encoder of everything they show."""

from gridmap.maps.encode import html_text, script_json
from gridmap.maps.folium_map import PlanMap, plan_map

__all__ = ["PlanMap", "html_text", "plan_map", "script_json"]
