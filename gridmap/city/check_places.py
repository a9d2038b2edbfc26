"""Checks of where things are: communities against each other, and each place against the one that should hold it."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.city.city import City
from gridmap.city.findings import Finding, finding
from gridmap.city.report import about_buildings, about_rows, label, point_of
from gridmap.geo.coverage import coverage_faults
from gridmap.settings import Settings

__all__ = ["check_places"]

_FAULT_RULES = {"overlap": "community-overlap", "gap": "community-gap", "sliver": "community-sliver"}


def check_places(city: City, settings: Settings) -> list[Finding]:
    """Find faults of the communities' coverage, and places that lie where they should not.

    What is narrower than `settings.sliver_width_m` counts as drawn imprecisely and not as lying elsewhere.
    """
    width = settings.sliver_width_m
    return [
        *_coverage(city, settings),
        *_communities(city, width),
        *_compounds_across(city, width),
        *_compounds_overlap(city, width),
        *_buildings(city),
    ]


def _coverage(city: City, settings: Settings) -> list[Finding]:
    faults = coverage_faults(
        _shapes(city, "communities"),
        tolerance_m=settings.coverage_tolerance_m,
        sliver_width_m=settings.sliver_width_m,
    )
    found = []
    for kind, i, j, area, width, shape in zip(
        faults.kind, faults.i, faults.j, faults.area_m2, faults.width_m, faults.geometry, strict=True
    ):
        rows = [int(row) for row in (i, j) if row >= 0]
        between = " and ".join(label(city, "communities", row) for row in rows) or "the communities"
        message = f"{_FAULT_SAYS[kind]} {between}: {area:,.1f} m², up to {width:,.2f} m wide."
        feature = " · ".join(sorted(city.communities["code"].iloc[rows]))
        point = shapely.point_on_surface(shape)
        # Where it lies, to the metre, tells one fault between two communities from the next.
        at = f"{point.x:.0f},{point.y:.0f}"
        rule = _FAULT_RULES[kind]
        found.append(
            finding(rule, "communities", feature, message, x=point.x, y=point.y, at=at, rows=rows, shape=shape)
        )
    return found


_FAULT_SAYS = {"overlap": "Overlap of", "gap": "Gap beside", "sliver": "Boundaries do not meet between"}


def _communities(city: City, width: float) -> list[Finding]:
    """Find communities in no subdistrict, and those that reach out of theirs."""
    if city.subdistricts.empty:
        return []
    subdistrict = city.community_subdistrict
    found = about_rows(
        city,
        "community-without-subdistrict",
        "communities",
        np.flatnonzero(subdistrict < 0),
        each=lambda _: "lies in no subdistrict",
        many="lie in no subdistrict",
    )
    inside = np.flatnonzero(subdistrict >= 0)
    shapes = _shapes(city, "communities")[inside]
    grown = shapely.buffer(_shapes(city, "subdistricts"), width)[subdistrict[inside]]
    outside = shapely.difference(shapes, grown)
    for row, shape, out in zip(inside, shapes, outside, strict=True):
        if out.is_empty:
            continue
        point = shapely.point_on_surface(out)
        where = label(city, "subdistricts", int(subdistrict[row]))
        message = (
            f"{label(city, 'communities', int(row))} reaches out of {where}: {out.area:,.0f} m², "
            f"{out.area / shape.area:.1%} of it."
        )
        code = city.communities["code"].iloc[row]
        rule = "community-outside-subdistrict"
        found.append(finding(rule, "communities", code, message, x=point.x, y=point.y, rows=[row], shape=out))
    return found


def _compounds_across(city: City, width: float) -> list[Finding]:
    compounds, communities = _shapes(city, "compounds"), _shapes(city, "communities")
    compound, community = city.tree("communities").query(compounds, predicate="intersects")
    several = np.bincount(compound, minlength=len(compounds))[compound] > 1
    compound, community = compound[several], community[several]
    shared = shapely.intersection(compounds[compound], communities[community])
    wide = ~shapely.is_empty(shapely.buffer(shared, -width / 2))
    compound, community, area = compound[wide], community[wide], shapely.area(shared[wide])
    found = []
    for row in np.unique(compound[np.bincount(compound, minlength=len(compounds))[compound] > 1]):
        parts = sorted(zip(area[compound == row], community[compound == row], strict=True), reverse=True)
        total = sum(part for part, _ in parts)
        shares = ", ".join(f"{label(city, 'communities', int(at))} {part / total:.0%}" for part, at in parts)
        x, y = point_of(city, "compounds", int(row))
        message = f"{label(city, 'compounds', int(row))} lies in {len(parts)} communities: {shares}."
        key = city.compounds["id"].iloc[row]
        rule, shape = "compound-across-communities", compounds[row]
        found.append(finding(rule, "compounds", key, message, x=x, y=y, rows=[row], shape=shape))
    return found


def _compounds_overlap(city: City, width: float) -> list[Finding]:
    shapes = _shapes(city, "compounds")
    i, j = city.tree("compounds").query(shapes, predicate="intersects")
    i, j = i[i < j], j[i < j]
    shared = shapely.intersection(shapes[i], shapes[j])
    wide = ~shapely.is_empty(shapely.buffer(shared, -width / 2))
    found = []
    for left, right, shape in zip(i[wide], j[wide], shared[wide], strict=True):
        point = shapely.point_on_surface(shape)
        names = " and ".join(label(city, "compounds", int(row)) for row in (left, right))
        feature = " · ".join(sorted(city.compounds["id"].iloc[[left, right]]))
        message = f"{names} overlap on {shape.area:,.0f} m²."
        found.append(
            finding(
                "compound-overlap",
                "compounds",
                feature,
                message,
                x=point.x,
                y=point.y,
                rows=sorted((int(left), int(right))),
                shape=shape,
            )
        )
    return found


def _buildings(city: City) -> list[Finding]:
    found: list[Finding] = []
    if not city.communities.empty:
        found += about_buildings(
            city,
            "building-without-community",
            city.building_community < 0,
            each=lambda _: "stands in no community",
            many="stand in none and name none",
        )
    for column, layer, rule in (
        ("community", "communities", "building-outside-community"),
        ("compound", "compounds", "building-outside-compound"),
    ):
        named = city.buildings[column]
        found += about_buildings(
            city,
            rule,
            _outside_named(city, column, layer),
            each=partial(_outside, named, column),
            many=f"stand outside the {column} that they name",
        )
    return found


def _outside(named: pd.Series, column: str, row: int) -> str:
    return f"names {column} {named.iloc[row]} and stands outside it"


def _outside_named(city: City, column: str, layer: str) -> NDArray[np.bool_]:
    """Tell for each building whether it names a place that exists and does not hold the building."""
    keys = city.layers[layer]["code" if layer == "communities" else "id"].to_numpy(object)
    rows = city.building_community if layer == "communities" else city.building_compound
    at, texts = pd.factorize(city.buildings[column].to_numpy(object))  # many buildings name few places
    number = {key: which for which, key in enumerate(texts)}
    exists = np.array([*map(set(keys).__contains__, texts), False])[at]  # unnamed is the last one
    of_row = np.array([*(number.get(key, -2) for key in keys), -3], np.int64)[rows]  # row −1 is the last one
    outside: NDArray[np.bool_] = exists & ((of_row != at) | (city.buildings_held(layer) < 0))
    return outside


def _shapes(city: City, layer: str) -> NDArray[np.object_]:
    return np.asarray(city.layers[layer].geometry.array, dtype=object)
