"""Layers come into a workspace, each whole or not at all."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gridmap import files, store
from gridmap.city import LAYERS
from gridmap.errors import InputError
from gridmap.store import ImportReport, Origin
from gridmap.workspace.state import OpenWorkspace, Progress, day_of

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["ImportVerbs"]


class ImportVerbs(OpenWorkspace):
    """Files as proposed, and layers from Python."""

    def propose(self, path: str | Path, layer: str, **options: Any) -> files.Proposal:
        """Say how a file would be read as one of the city's layers, compared with the layers there are already.

        Options as `files.propose` has them. A CRS that is missing or does not fit comes with ranked candidates.
        """
        known = self.meta.frame_epsg is not None
        return files.propose(path, layer, reference=files.Reference.of(self.city()) if known else None, **options)

    def crs_candidates(self, layer: str, gdf: GeoDataFrame) -> tuple[files.Candidate, ...]:
        """Rank the reference systems that a layer may be in by how it fits the layers there are; its own is ignored.

        Without layers in the workspace, only the numbers tell, and `by` says so.
        """
        columns = {name: gdf[name].to_numpy(object) for name in (LAYERS[layer].key, "name", "community") if name in gdf}
        rows = files.Rows(
            store.known_layer(layer),
            np.asarray(gdf.geometry.array, dtype=object),
            keys=columns.get(LAYERS[layer].key),
            names=columns.get("name"),
            communities=columns.get("community"),
        )
        known = self.meta.frame_epsg is not None
        return files.crs_candidates(rows, files.Reference.of(self.city()) if known else None)

    def take(
        self,
        proposal: files.Proposal,
        *,
        accept: frozenset[str] = frozenset(),
        plan_name: str | None = None,
        valid_from: dt.date | str | None = None,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Read a file as proposed into the workspace, whole or not at all. Messages name the file.

        What changes by it changes on the day `valid_from` (today); what was so before is kept, see `city`.
        `progress` is told what is in work (rows, shapes, columns, the workspace), how much is done and of how much.
        """
        began = None if valid_from is None else day_of(valid_from).isoformat()
        read = files.read(proposal, accept=accept, progress=progress)
        origin = Origin(proposal.layer, proposal.place, proposal.file, proposal.crs, proposal.encoding.name, read.notes)
        try:
            with self._lock:
                return self._imports.take(
                    origin, read.gdf, crs=read.shift, accept=accept, plan_name=plan_name, valid_from=began,
                    progress=progress,
                )  # fmt: skip
        except InputError as error:
            if proposal.file in error.message:
                raise
            raise type(error)(error.code, f"{proposal.place}: {error.message}", error.hint) from None

    def import_layer(
        self,
        layer: str,
        gdf: GeoDataFrame,
        *,
        crs: str | None = None,
        source: str = "",
        accept: frozenset[str] = frozenset(),
        replace: bool = True,
        plan_name: str | None = None,
        valid_from: dt.date | str | None = None,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Take a layer in, whole or not at all; `grids` become a plan, the first one in force.

        `crs` overrides the layer's own (an EPSG code, gcj02 or bd09). `accept` names rules whose breach is taken in
        all the same (overlap). `replace` puts the rows in place of those there are, otherwise after them. What changes
        by it changes on the day `valid_from` (today); what was so before is kept, see `city`. Raises InputError,
        CrsError or GeometryError, naming layer and row, and leaves the file as it was.
        """
        began = None if valid_from is None else day_of(valid_from).isoformat()
        if gdf.empty:
            raise InputError("layer-empty", f"{layer}: there are no rows.", "Choose a layer that has some.")
        place = f"{source}: {store.known_layer(layer)}" if source else store.known_layer(layer)
        origin = Origin(layer, place, source, str(crs or gdf.crs), "", ())
        numbered = gdf.set_axis(range(1, len(gdf) + 1), axis=0)
        with self._lock:
            return self._imports.take(
                origin, numbered, crs=crs, accept=accept, replace=replace, plan_name=plan_name, valid_from=began,
                progress=progress,
            )  # fmt: skip
