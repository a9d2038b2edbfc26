"""The city: its layers in one metric frame, and which place holds which.

A City is a value: it is built once, never changed, and holds no grids. Which grid a place is in is a plan's answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS

from gridmap.city.columns import column
from gridmap.city.place import Place, PlaceRef
from gridmap.city.schema import LAYERS, Layer
from gridmap.city.shapes import checked_shapes
from gridmap.errors import CrsError, InputError
from gridmap.geo.frames import Frame
from gridmap.rules import Profile

__all__ = ["City", "require_unique"]


@dataclass(frozen=True, eq=False, repr=False)
class City:
    """A city's layers, canonical and valid, in one metric frame. Made by `City.build`; its layers are read-only.

    `layers` has every layer of the schema but `grids`, empty where the city has none, with the schema's columns in
    order, a RangeIndex and `geometry` last. `revision` counts the changes of the layers in a workspace. `sample` says
    that the city is invented (虚构示例).
    """

    frame: Frame
    profile: Profile
    name: str
    layers: Mapping[str, gpd.GeoDataFrame]
    revision: int = 0
    sample: bool = False

    @classmethod
    def build(
        cls,
        layers: Mapping[str, gpd.GeoDataFrame],
        *,
        frame: Frame,
        profile: Profile,
        name: str = "",
        revision: int = 0,
        sample: bool = False,
    ) -> City:
        """Build a city from layers in its frame.

        Columns the schema does not know are left out, columns it knows and the layer has not are empty, and what
        stands in them is brought to the schema's kinds. InputError for a layer that is no city layer, a required
        column that is missing or has an empty row, and a value that is not of its column's kind; CrsError for a layer
        in no or another frame; GeometryError for a shape that is missing, invalid or of the wrong type. Ids may repeat:
        that is a finding of `check`, and `require_unique` refuses it.
        """
        for layer in layers:
            if layer == "grids":
                raise InputError("city-holds-no-grids", "A city holds no grids.", "Make a plan of the layer grids.")
            if layer not in LAYERS:
                known = ", ".join(known for known in LAYERS if known != "grids")
                raise InputError("layer-unknown", f"There is no layer {layer!r}.", f"Use one of {known}.")
        built = {
            layer.name: _canonical(layer, layers.get(layer.name), frame)
            for layer in LAYERS.values()
            if layer.name != "grids"
        }
        return cls(frame, profile, name, MappingProxyType(built), revision, sample)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(gdf)} {name}" for name, gdf in self.layers.items() if len(gdf))
        return f"<City {self.name or 'unnamed'}: {counts or 'no layers'}>"

    def __reduce__(self) -> tuple[Callable[..., City], tuple[object, ...]]:
        # A read-only mapping cannot be pickled, and the indexes are made again faster than they travel.
        return _restored, (self.frame, self.profile, self.name, dict(self.layers), self.revision, self.sample)

    @property
    def subdistricts(self) -> gpd.GeoDataFrame:
        """Subdistricts and towns."""
        return self.layers["subdistricts"]

    @property
    def communities(self) -> gpd.GeoDataFrame:
        """Communities."""
        return self.layers["communities"]

    @property
    def compounds(self) -> gpd.GeoDataFrame:
        """Housing compounds."""
        return self.layers["compounds"]

    @property
    def entrances(self) -> gpd.GeoDataFrame:
        """Entrances of compounds."""
        return self.layers["entrances"]

    @property
    def buildings(self) -> gpd.GeoDataFrame:
        """Buildings."""
        return self.layers["buildings"]

    @property
    def streets(self) -> gpd.GeoDataFrame:
        """Street centre lines."""
        return self.layers["streets"]

    @property
    def barriers(self) -> gpd.GeoDataFrame:
        """Rivers, railways, expressways."""
        return self.layers["barriers"]

    @property
    def water(self) -> gpd.GeoDataFrame:
        """Water surfaces."""
        return self.layers["water"]

    @property
    def green(self) -> gpd.GeoDataFrame:
        """Parks and other green land."""
        return self.layers["green"]

    @property
    def facilities(self) -> gpd.GeoDataFrame:
        """Places that serve."""
        return self.layers["facilities"]

    @cached_property
    def households_basis(self) -> str:
        """The basis of all known households: dwelling, resident, registered, `mixed` or `unstated`."""
        known = self.buildings.loc[self.buildings["households"].notna(), "households_basis"]
        bases = set(known.fillna("unstated"))
        return bases.pop() if len(bases) == 1 else "mixed" if bases else "unstated"

    @cached_property
    def households_as_of(self) -> str:
        """The day of all known households, `YYYY-MM-DD`; the first and the last with `/` between; empty if unstated."""
        known = self.buildings.loc[self.buildings["households"].notna(), "households_as_of"].dropna()
        return "/".join(sorted({min(known), max(known)})) if len(known) else ""

    @cached_property
    def building_points(self) -> NDArray[np.object_]:
        """The representative point of each building, object[n]: it lies inside the building."""
        return shapely.point_on_surface(_shapes(self.buildings))

    @cached_property
    def building_community(self) -> NDArray[np.int32]:
        """The row of each building's community, int32[n], −1 for none.

        The community that holds the representative point; of several that overlap there, the one the building names,
        otherwise the one of the lowest code. Where no community holds the point, the one the building names.
        """
        return self._parents("communities", self._held_pairs("communities"), self.buildings["community"])

    @cached_property
    def building_compound(self) -> NDArray[np.int32]:
        """The row of each building's compound, int32[n], −1 for none; told as in `building_community`."""
        return self._parents("compounds", self._held_pairs("compounds"), self.buildings["compound"])

    @cached_property
    def compound_community(self) -> NDArray[np.int32]:
        """The row of each compound's community, int32[n], −1 for none; told as in `building_community`."""
        points = shapely.point_on_surface(_shapes(self.compounds))
        return self._parents("communities", self._pairs("communities", points), self.compounds["community"])

    @cached_property
    def community_subdistrict(self) -> NDArray[np.int32]:
        """The row of each community's subdistrict, int32[n], −1 for none; told as in `building_community`.

        A community that names no subdistrict names it by its code, where the profile counts digits.
        """
        named = self.communities["subdistrict"]
        if digits := self.profile.codes.subdistrict_digits:
            named = named.where(named.notna(), self.communities["code"].str[:digits])
        points = shapely.point_on_surface(_shapes(self.communities))
        return self._parents("subdistricts", self._pairs("subdistricts", points), named)

    def rows_at(self, layer: str, x: ArrayLike, y: ArrayLike) -> NDArray[np.int32]:
        """Return the row of a layer that holds each point, int32[n], −1 for none; of several the lowest code or id.

        `x` and `y` are n eastings and northings in the city's frame.
        """
        points = np.array(shapely.points(np.asarray(x, float), np.asarray(y, float)), dtype=object, ndmin=1)
        point, row = self.tree(layer).query(points, predicate="intersects")
        return _lowest(len(points), point, row, self._keys(layer))

    def buildings_held(self, layer: str) -> NDArray[np.int32]:
        """Return the row of a layer that holds each building by its place alone, int32[n]; told as in `rows_at`."""
        if layer not in self._held:
            self._held[layer] = _lowest(len(self.buildings), *self._held_pairs(layer), self._keys(layer))
        return self._held[layer]

    def place(self, x: float, y: float) -> Place:
        """Tell which subdistrict, community, compound and building a point of the city's frame lies in.

        Each level is told by geometry; the subdistrict is that of the community where there is one, and the compound
        that of the building where no compound's outline holds the point. A building given as a point holds nothing
        else. InputError where x or y is not finite.
        """
        if not (np.isfinite(x) and np.isfinite(y)):
            raise InputError("point-not-finite", f"({x}, {y}) is no place.", "Give x and y as finite numbers.")
        community, compound, building = (
            int(self.rows_at(layer, x, y)[0]) for layer in ("communities", "compounds", "buildings")
        )
        if compound < 0 <= building:
            compound = int(self.building_compound[building])
        if community >= 0:
            subdistrict = int(self.community_subdistrict[community])
        else:
            subdistrict = int(self.rows_at("subdistricts", x, y)[0])
        return Place(
            x=float(x),
            y=float(y),
            subdistrict=self._ref("subdistricts", subdistrict),
            community=self._ref("communities", community),
            compound=self._ref("compounds", compound),
            building=self._ref("buildings", building),
        )

    def tree(self, layer: str) -> shapely.STRtree:
        """Return the spatial index of a layer's shapes, built when it is first asked for."""
        if layer not in self._trees:
            self._trees[layer] = shapely.STRtree(_shapes(self.layers[layer]))
        return self._trees[layer]

    def rows_named(self, layer: str, named: pd.Series) -> NDArray[np.int32]:
        """Return the row of the layer that each text names, int32[n], -1 for none.

        A place is named by its code or id; where that is nobody's, by a name or alias that only one place has.
        """
        frame = self.layers[layer]
        keys = pd.Series(np.arange(len(frame)), index=self._keys(layer)).groupby(level=0).first()
        names = frame["name"].rename(None)
        if "aliases" in frame:
            names = pd.concat([names, frame["aliases"].str.split(";").explode().str.strip()])
        names = names[names.notna() & (names != "")]
        pairs = pd.DataFrame({"name": names.to_numpy(object), "row": names.index.to_numpy()}).drop_duplicates()
        alone = pairs.drop_duplicates("name", keep=False).set_index("name")["row"]
        at, texts = pd.factorize(named.to_numpy(object))  # many rows name few places
        found = pd.Series(texts, dtype=object)
        rows = found.map(keys.to_dict()).fillna(found.map(alone.to_dict())).astype("float64").fillna(-1)
        of_text: NDArray[np.int32] = np.append(rows.to_numpy(np.int32), -1).astype(np.int32)
        return of_text[at]

    @cached_property
    def _trees(self) -> dict[str, shapely.STRtree]:
        return {}

    def _keys(self, layer: str) -> NDArray[np.object_]:
        keys: NDArray[np.object_] = self.layers[layer][LAYERS[layer].key].to_numpy(object)
        return keys

    def _ref(self, layer: str, row: int) -> PlaceRef | None:
        if row < 0:
            return None
        record = self.layers[layer].iloc[row]
        return PlaceRef(row=row, code=record[LAYERS[layer].key], name=record["name"])

    @cached_property
    def _building_pairs(self) -> dict[str, tuple[NDArray[np.intp], NDArray[np.intp]]]:
        return {}

    @cached_property
    def _held(self) -> dict[str, NDArray[np.int32]]:
        return {}

    @cached_property
    def _building_tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.building_points)

    def _held_pairs(self, layer: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the pairs of building and row of a layer that holds it."""
        if layer not in self._building_pairs:
            row, building = self._building_tree.query(_shapes(self.layers[layer]), predicate="intersects")
            self._building_pairs[layer] = building, row
        return self._building_pairs[layer]

    def _pairs(self, layer: str, points: NDArray[np.object_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the pairs of point and row of a layer that holds it."""
        # The polygons are the query, because what is queried is prepared: many points each, so it pays.
        row, point = shapely.STRtree(points).query(_shapes(self.layers[layer]), predicate="intersects")
        return point, row

    def _parents(
        self, layer: str, pairs: tuple[NDArray[np.intp], NDArray[np.intp]], named: pd.Series
    ) -> NDArray[np.int32]:
        """Return the row of the layer that each point belongs to, by the pairs that geometry gives and by its name."""
        declared, (point, row) = self.rows_named(layer, named), pairs
        result = _lowest(len(named), point, row, self._keys(layer))
        agreed = point[row == declared[point]]
        result[agreed] = declared[agreed]
        return np.where(result < 0, declared, result).astype(np.int32)


def require_unique(name: str, gdf: gpd.GeoDataFrame) -> None:
    """Refuse rows of the layer of that name when their key repeats: InputError naming the keys and their rows."""
    layer = LAYERS[name]
    keys = gdf[layer.key]
    repeated = keys[keys.duplicated(keep=False) & keys.notna()]
    if repeated.empty:
        return
    rows = {key: [int(row) + 1 for row in np.flatnonzero((keys == key).to_numpy())] for key in repeated.unique()[:5]}
    named = "; ".join(f"{key} in rows {', '.join(map(str, at[:5]))}" for key, at in rows.items())
    raise InputError(
        "duplicate-id",
        f"{layer.name}: {repeated.nunique()} values of {layer.key} stand in several rows: {named}.",
        f"Give each row a {layer.key} of its own, or map another column onto {layer.key}.",
    )


def _canonical(layer: Layer, gdf: gpd.GeoDataFrame | None, frame: Frame) -> gpd.GeoDataFrame:
    """Bring a layer to the schema's columns, kinds and shapes."""
    if gdf is None:
        columns = {field.name: column(layer, field, pd.Series(dtype=object), rows=0) for field in layer.fields}
        return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=frame.crs), crs=frame.crs)
    if not isinstance(gdf, gpd.GeoDataFrame) or gdf._geometry_column_name not in gdf:  # noqa: SLF001 - no public test
        raise InputError("shapes-missing", f"{layer.name}: this is a table without shapes.", "Add coordinates to it.")
    _require_frame(layer, gdf.crs, frame)
    if (repeated := gdf.columns[gdf.columns.duplicated()]).size:
        raise InputError(
            "column-repeated", f"{layer.name}: the column {repeated[0]} is there twice.", "Rename one of the two."
        )
    columns = {field.name: column(layer, field, gdf.get(field.name), rows=len(gdf)) for field in layer.fields}
    shapes = checked_shapes(layer, _shapes(gdf), columns[layer.key].to_numpy(object))
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs=frame.crs), crs=frame.crs)


def _require_frame(layer: Layer, crs: CRS | None, frame: Frame) -> None:
    if crs is None:
        raise CrsError("crs-missing", f"{layer.name}: the layer has no CRS.", "Say which CRS its coordinates are in.")
    if crs.to_epsg() != frame.epsg and not crs.equals(frame.crs, ignore_axis_order=True):
        raise CrsError(
            "crs-differs",
            f"{layer.name}: the layer is in {crs.name}, the city in EPSG:{frame.epsg}.",
            "Bring it to the city's frame with gridmap.geo.to_frame.",
        )


def _shapes(gdf: gpd.GeoDataFrame) -> NDArray[np.object_]:
    return np.asarray(gdf.geometry.array, dtype=object)


def _lowest(count: int, child: NDArray[np.intp], row: NDArray[np.intp], keys: NDArray[np.object_]) -> NDArray[np.int32]:
    """Return for each of `count` children the candidate row of the lowest key, −1 for none."""
    result = np.full(count, -1, np.int32)
    found, which = np.unique(row, return_inverse=True)
    rank = np.argsort(np.argsort(keys[found], kind="stable"), kind="stable")
    order = np.argsort(rank[which], kind="stable")[::-1]  # the lowest key is written last
    result[child[order]] = row[order]
    return result


def _restored(
    frame: Frame,
    profile: Profile,
    name: str,
    layers: dict[str, gpd.GeoDataFrame],
    revision: int,
    sample: bool,  # noqa: FBT001
) -> City:
    return City(frame, profile, name, MappingProxyType(layers), revision, sample)
