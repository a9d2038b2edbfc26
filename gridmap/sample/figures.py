"""The sample's figures, counted from its layers, beside the published ones that they are to equal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import geopandas as gpd

PUBLISHED: Mapping[str, int] = MappingProxyType({
    "subdistricts": 3,
    "communities": 32,
    "compounds": 224,
    "compounds_served_by_stations": 224,
    "resident_grids": 292,
    "special_grids": 8,
    "residents": 207_473,
    "renovated_compounds": 49,
    "renovated_buildings": 145,
    "renovated_households": 4_101,
    "service_stations": 160,
    "new_stations": 8,
    "new_community_centers": 5,
    "centers_city": 1,
    "centers_subdistrict": 3,
    "centers_community": 32,
    "care_classes": 32,
    "canteens": 2,
    "disability_homes": 2,
    "mediation_stations": 1,
})  # fmt: skip
"""The figures of the city's published account (domain notes, section 3) that the sample reproduces exactly."""

_THIS_YEAR = 2025


def published_figures(layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, int]:
    """Count in the sample's layers what `PUBLISHED` names. Facilities count where they are open."""
    compounds, buildings, grids = layers["compounds"], layers["buildings"], layers["grids"]
    facilities = layers["facilities"]
    facilities = facilities[facilities["status"] == "open"]
    counted = compounds[compounds["kind"] == "compound"]
    renovated = counted[counted["renovation"].notna()]
    works = buildings[buildings["compound"].isin(renovated["id"])]
    stations = facilities[facilities["kind"] == "service_station"]
    centers = facilities[facilities["kind"] == "service_center"]
    served = {compound for text in stations["serves"] for compound in str(text).split(";")}
    kinds = facilities["kind"].value_counts()
    tiers = centers["tier"].value_counts()
    return {
        "subdistricts": len(layers["subdistricts"]),
        "communities": len(layers["communities"]),
        "compounds": len(counted),
        "compounds_served_by_stations": len(served & set(counted["id"])),
        "resident_grids": int((grids["kind"] == "resident").sum()),
        "special_grids": int((grids["kind"] == "special").sum()),
        "residents": int(buildings["residents"].sum()),
        "renovated_compounds": len(renovated),
        "renovated_buildings": len(works),
        "renovated_households": int(works["households"].sum()),
        "service_stations": len(stations),
        "new_stations": int((stations["year"] == _THIS_YEAR).sum()),
        "new_community_centers": int(((centers["tier"] == "community") & (centers["year"] == _THIS_YEAR)).sum()),
        "centers_city": int(tiers.get("city", 0)),
        "centers_subdistrict": int(tiers.get("subdistrict", 0)),
        "centers_community": int(tiers.get("community", 0)),
        "care_classes": int(kinds.get("care_class", 0)),
        "canteens": int(kinds.get("canteen", 0)),
        "disability_homes": int(kinds.get("disability_home", 0)),
        "mediation_stations": int(kinds.get("mediation_station", 0)),
    }
