"""What is wrong with a city, mended in one transaction, and taken back again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gridmap import city as cities
from gridmap import store
from gridmap.city import LAYERS, City, Finding, Repair
from gridmap.errors import GeometryError, InputError
from gridmap.geo.frames import Frame
from gridmap.rules import profile as rule_profile
from gridmap.settings import DEFAULT, Settings
from gridmap.store import RepairRow
from gridmap.workspace.state import OpenWorkspace

__all__ = ["Mended", "RepairVerbs"]

_CLAIMED = ("community-overlap", "community-gap", "community-sliver", "compound-overlap")


@dataclass(frozen=True)
class Mended:
    """Repairs that were made, or would be (`dry_run`); `left` are findings asked for that have no repair any more."""

    repairs: tuple[Repair, ...]
    left: tuple[str, ...]
    revision: int
    dry_run: bool

    def to_dict(self) -> dict[str, Any]:
        """Return them as JSON has it."""
        return {
            "dry_run": self.dry_run,
            "revision": self.revision,
            "repairs": [one.to_dict() for one in self.repairs],
            "area_m2": round(sum(one.area_m2 for one in self.repairs), 3),
            "households": sum(one.households for one in self.repairs),
            "left": list(self.left),
        }


class RepairVerbs(OpenWorkspace):
    """Findings about layers are repaired by those who ask; plans follow as they follow a new import."""

    def mend(
        self,
        findings: Sequence[str] = (),
        *,
        all_safe: bool = False,
        give: Sequence[str] = (),
        dry_run: bool = False,
        settings: Settings = DEFAULT,
    ) -> Mended:
        """Repair findings by their ids, with `all_safe` every one that moves no household and hardly any ground.

        `give` are codes or ids of places: ground that two claim, or that lies between them, goes to the one among them.
        All in one transaction, and none if one cannot be made. Raises InputError for an id that is not found or has no
        repair, ConflictError if the layers have changed meanwhile.
        """
        with self._lock:
            city, found = self.judged(settings)
            known = {one.id: one for one in found}
            for name in findings:
                if name not in known:
                    raise InputError("finding-unknown", f"There is no finding {name}.", "Look at `gridmap check`.")
                if not known[name].repairable:
                    raise InputError(
                        "not-repairable", f"The finding {name} has no repair.", f"By hand: {known[name].remedy}"
                    )
            asked = [one for one in found if one.id in set(findings) or (all_safe and one.safe)]
            _require_parties(city, asked, give)
            made, changes = cities.mend(city, asked, give=give, settings=settings)
            done = {one.finding for one in made}
            left = tuple(one.id for one in asked if one.id not in done)
            if made and not dry_run:
                with self._store.writing() as connection:
                    row = store.make_repair(
                        self._store, connection, made, changes, revision=city.revision, user=self._user
                    )
                return Mended(made, left, row.revision, dry_run=False)
            return Mended(made, left, city.revision, dry_run=dry_run)

    def undo_mend(self) -> RepairRow:
        """Take back the last repair that stands, byte by byte; InputError if there is none.

        ConflictError if what it changed has been changed again since.
        """
        self._store.revision()  # what another program changed counts before the undo, not with it
        with self._lock, self._store.writing() as connection:
            return store.undo_repair(self._store, connection, user=self._user)

    def mends(self) -> list[RepairRow]:
        """Return the repairs that were made, oldest first."""
        with self._store.reading() as connection:
            return store.list_repairs(connection)

    def judged(
        self, settings: Settings = DEFAULT, *, begin: Callable[[str], None] = lambda _: None
    ) -> tuple[City, tuple[Finding, ...]]:
        """Return the city with what is wrong with its layers; as it is, with invalid polygons, where there are some."""
        try:
            city = self.city()
        except GeometryError as error:
            if error.code != "shape-invalid":
                raise
            raw = self._raw_city()
            return raw, cities.check_raw(raw, settings=settings)
        return city, cities.check(city, settings=settings, begin=begin)

    def _raw_city(self) -> City:
        """Return the layers as they are, with polygons that `City.build` refuses."""
        revision = self._store.revision()
        with self._store.reading() as connection:
            meta, layers = self._store.meta(connection), self._store.read_layers(connection)
        if meta.frame_epsg is None:
            raise InputError("layer-empty", "There are no layers yet.", "Import some first.")
        profile = rule_profile(meta.profile or "cn")
        return City(Frame(meta.frame_epsg), profile, meta.name, MappingProxyType(layers), revision, meta.sample)


def _require_parties(city: City, asked: Sequence[Finding], give: Sequence[str]) -> None:
    """Refuse codes that none of the findings is about."""
    parties = {
        str(city.layers[one.layer][LAYERS[one.layer].key].iat[row])
        for one in asked
        if one.rule in _CLAIMED and one.rows is not None
        for row in one.rows.tolist()
    }
    for code in give:
        if code not in parties:
            raise InputError(
                "give-unknown",
                f"No ground can be given to {code}: no overlap or gap among the findings is about it.",
                f"Give it to one of {', '.join(sorted(parties))}."
                if parties
                else "Name the finding of an overlap or gap.",
            )
