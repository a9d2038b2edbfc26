"""Layers at the door: brought into the frame, refused or written in one transaction; a grid layer becomes a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from gridmap import files
from gridmap.city import City
from gridmap.errors import ConflictError, InputError
from gridmap.geo.frames import Frame, frame_for, to_frame
from gridmap.plan import Fabric, Plan, check_layer, specials_from_layer
from gridmap.rules import profile
from gridmap.store.desk import PlanDesk
from gridmap.store.history import ended
from gridmap.store.intake import ImportReport, Origin, canonical_grids, canonical_layer, layer_records
from gridmap.store.retired import retire_missing
from gridmap.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoDataFrame

    from gridmap.plan import SpecialGrid

__all__ = ["ImportDesk"]

Progress = Callable[[str, int, int], None]


class FreshFabric(Protocol):
    """Gives the cells around special grids; they are not kept, because the import may yet be refused."""

    def __call__(self, specials: Sequence[SpecialGrid], *, progress: Progress | None = None) -> Fabric: ...


class ImportDesk:
    """Takes layers into a store: `city` gives the city there is, `fabric` its cells, `plans` what grids become."""

    def __init__(
        self, opened: Store, *, city: Callable[[], City], fabric: FreshFabric, plans: PlanDesk, user: str = "local"
    ) -> None:
        self._store = opened
        self._city = city
        self._fabric = fabric
        self._plans = plans
        self._user = user

    def acting(self, user: str, *, plans: PlanDesk) -> ImportDesk:
        """Return this desk for somebody, whose plans are on their own."""
        return ImportDesk(self._store, city=self._city, fabric=self._fabric, plans=plans, user=user)

    def take(
        self,
        origin: Origin,
        gdf: GeoDataFrame,
        *,
        crs: str | None,
        accept: frozenset[str] = frozenset(),
        replace: bool = True,
        plan_name: str | None = None,
        valid_from: str | None = None,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Take in a layer whose index holds the row numbers for messages; see `Workspace.import_layer`."""
        if origin.layer == "grids":
            if valid_from is not None:
                raise InputError(
                    "valid-from-grids",
                    "grids: a grid layer becomes a plan, and holds from when that is put in force.",
                    "Leave the day out, and put the plan in force.",
                )
            placed = to_frame(gdf, self._divisible().frame, crs=crs, name=origin.place)
            notes = files.refuse_overlaps(placed, origin, accept=accept)
            return self._take_grids(placed, origin.noted(notes), plan_name, progress)
        if progress is not None:
            progress("workspace", 0, len(gdf))
        meta = self._store.meta()
        frame = frame_for(gdf, crs=crs, name=origin.place) if meta.frame_epsg is None else Frame(meta.frame_epsg)
        placed = to_frame(gdf, frame, crs=crs, name=origin.place)
        city = None if replace or meta.frame_epsg is None else self._city()
        rules = profile(meta.profile or _profile_of(frame))
        before = None if city is None else city.layers[origin.layer]
        rows = canonical_layer(origin.layer, placed, frame=frame, profile=rules, before=before)
        origin = origin.noted(files.refuse_overlaps(placed if city is None else rows, origin, accept=accept))
        after = None if city is None else city.revision
        revision, gone = self._write(
            {origin.layer: rows}, frame, {origin.layer: (origin, len(gdf))}, after=after, valid_from=valid_from
        )
        if gone:
            origin = origin.noted([f"{gone:,} rows changed or vanished; what they were is kept."])
        if progress is not None:
            progress("workspace", len(gdf), len(gdf))
        return ImportReport(origin.layer, len(gdf), origin.source, frame.epsg, revision, notes=origin.notes)

    def take_all(self, layers: Mapping[str, GeoDataFrame], *, source: str) -> None:
        """Take in the layers of a new city at once; the first decides the frame."""
        frame = frame_for(next(iter(layers.values())))
        rules = profile(self._store.meta().profile or _profile_of(frame))
        rows, log = {}, {}
        for layer, gdf in layers.items():
            placed = to_frame(gdf, frame, name=layer)
            rows[layer] = canonical_layer(layer, placed, frame=frame, profile=rules)
            log[layer] = (Origin(layer, layer, source, str(gdf.crs), "", ()), len(gdf))
        self._write(rows, frame, log)

    def _write(
        self,
        layers: dict[str, GeoDataFrame],
        frame: Frame,
        log: Mapping[str, tuple[Origin, int]],
        *,
        after: int | None = None,
        valid_from: str | None = None,
    ) -> tuple[int, int]:
        """Replace layers in one transaction, if the city is still at revision `after`.

        Returns its new revision, and how many rows ended by it.
        """
        with self._store.writing() as connection:
            meta = self._store.meta(connection)
            if meta.frame_epsg not in (None, frame.epsg) or after not in (None, meta.city_revision):
                raise ConflictError(
                    "city-changed", f"{self._store.place}: another import was faster than this one.", "Import it again."
                )
            if meta.frame_epsg is None or meta.profile is None:
                self._store.set_frame(connection, epsg=frame.epsg, profile=meta.profile or _profile_of(frame))
            retire_missing(connection, layers, {layer: origin.source for layer, (origin, _) in log.items()})
            revision = self._store.write_layers(connection, layers, epsg=frame.epsg, valid_from=valid_from)
            for origin, rows in log.values():
                self._store.log_import(connection, origin, rows=rows, revision=revision, user=self._user)
            gone = ended(connection, revision=revision)
        return revision, gone

    def _divisible(self) -> City:
        """Return the city if there is something that grids can divide."""
        city = self._city()
        missing = [name for name in ("communities", "buildings") if city.layers[name].empty]
        if missing:
            raise InputError(
                "grids-too-early",
                f"grids: there are no {' and no '.join(missing)} yet to divide.",
                f"Import the {' and the '.join(missing)} first.",
            )
        return city

    def _take_grids(
        self, placed: GeoDataFrame, origin: Origin, plan_name: str | None, progress: Progress | None
    ) -> ImportReport:
        city = self._city()
        grids = canonical_grids(placed)
        fabric = self._fabric(specials_from_layer(grids), progress=progress)
        name = plan_name or self._plans.free_name("imported")
        plan = Plan.from_layer(fabric, grids, name=name)
        findings = check_layer(fabric, grids)
        row, _ = self._plans.create(
            plan,
            name,
            note=origin.source,
            layer=layer_records(grids),
            log=lambda connection: self._store.log_import(
                connection, origin, rows=len(grids), revision=city.revision, user=self._user
            ),
        )
        notes = (*origin.notes, f"The grids are the plan {name} ({row.state}).")
        if findings:
            notes = (*notes, f"{len(findings)} findings about the grids: see `gridmap check`.")
        return ImportReport("grids", len(grids), origin.source, city.frame.epsg, city.revision, name, notes, findings)


def _profile_of(frame: Frame) -> str:
    """Return the rule profile of a place by the frame that was chosen for it: that of China in China's system."""
    return "cn" if "CGCS2000" in frame.crs.name else "opaque"
