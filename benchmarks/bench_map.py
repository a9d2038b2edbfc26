"""The map of the sample city, two plans of 300 grids and all layers, against folium and GeoPandas' explore of the same.

The peers' pages fetch their scripts from elsewhere besides, which is not counted, and show nothing without a network.
All three show the same features, and the figures of the same released balances in popups or tooltips.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from typing import Any

import folium
import geopandas as gpd

from gridmap import sample
from gridmap.city import City
from gridmap.maps import html_text, plan_map
from gridmap.plan import Plan, balance, fabric, specials_from_layer
from gridmap.redraw import redraw
from gridmap.release import Released, release_balance

WINDOW = (300, 500)
LIMIT_BYTES = 1_500_000
LAYERS = (
    "water",
    "green",
    "streets",
    "barriers",
    "buildings",
    "compounds",
    "communities",
    "subdistricts",
    "facilities",
)
FIGURES = ["name", "status", "households", "residents", "elders_60", "elders_80", "children", "compounds", "buildings"]


def _grids(plan: Plan, released: Released) -> gpd.GeoDataFrame:
    shapes = plan.grids_frame()[["grid", "geometry"]]
    return shapes.merge(released.table[["grid", *FIGURES]], on="grid").to_crs(4326)


def _layers(city: City) -> dict[str, gpd.GeoDataFrame]:
    return {
        name: city.layers[name][["name", "geometry"] if "name" in city.layers[name] else ["geometry"]].to_crs(4326)
        for name in LAYERS
    }


def _plain(layers: dict[str, gpd.GeoDataFrame], grids: list[gpd.GeoDataFrame]) -> str:
    page = folium.Map(tiles=None)
    for name, layer in layers.items():
        folium.GeoJson(layer.to_json(), name=html_text(name)).add_to(page)
    for row, layer in enumerate(grids):
        popup = folium.GeoJsonPopup(fields=FIGURES)
        folium.GeoJson(layer.to_json(), name=f"plan {row}", popup=popup).add_to(page)
    folium.LayerControl().add_to(page)
    return str(page.get_root().render())


def _explore(layers: dict[str, gpd.GeoDataFrame], grids: list[gpd.GeoDataFrame]) -> str:
    page = folium.Map(tiles=None)
    for layer in layers.values():
        layer.explore(m=page)
    for layer in grids:
        layer.explore(column="status", m=page, tooltip=FIGURES)
    return str(page.get_root().render())


def _measure(make: Callable[[], str]) -> tuple[str, float]:
    start = time.perf_counter()
    text = make()
    return text, time.perf_counter() - start


def run() -> list[dict[str, Any]]:
    """Make the three pages and compare their bytes."""
    made = sample.layers()
    city = sample.city()
    cells = fabric(city, specials=specials_from_layer(made["grids"]))
    present = Plan.from_layer(cells, made["grids"], name="present")
    drawn = redraw(present, min_households=WINDOW[0], max_households=WINDOW[1], seed=1).plan
    plans = [present, drawn]
    released = [release_balance(balance(plan, window=WINDOW).table, k=10) for plan in plans]
    layers, grids = _layers(city), [_grids(plan, one) for plan, one in zip(plans, released, strict=True)]
    pages = {
        "ours": _measure(lambda: str(plan_map(city, plans, released).get_root().render())),
        "folium.GeoJson": _measure(lambda: _plain(layers, grids)),
        "GeoDataFrame.explore": _measure(lambda: _explore(layers, grids)),
    }
    rows = []
    ours = len(pages["ours"][0].encode())
    assert ours <= LIMIT_BYTES, f"the map has {ours} bytes"
    for name, (text, seconds) in pages.items():
        data = text.encode()
        rows.append(
            {
                "map": name,
                "grids": sum(len(plan.grids) for plan in plans),
                "features": sum(len(layer) for layer in layers.values()),
                "bytes": len(data),
                "gzip": len(gzip.compress(data, 6)),
                "ours/peer": round(ours / len(data), 3),
                "seconds": round(seconds, 2),
                "offline": name == "ours",
            }
        )
    return rows


if __name__ == "__main__":
    for each in run():
        print(each)
