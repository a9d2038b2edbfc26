"""The city, plans and ground as somebody may count them, kept until the layers change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import RLock
from typing import Any, TypeVar, cast

import numpy as np

from gridmap.city import City
from gridmap.facilities import Ground
from gridmap.plan import Plan
from gridmap.release import Sight, shown_city, shown_fabric, shown_plan

__all__ = ["Shown"]

Made = TypeVar("Made")

_KEPT = 24
"""So many are kept: of the sights that ask most lately."""


class Shown:
    """What is made of the city for each sight; threads share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, str], tuple[object, Any]] = OrderedDict()
        self._lock = RLock()

    def city(self, city: City, sight: Sight) -> City:
        """Return a city as it may be counted."""
        return city if sight.own else self._get("city", city, sight, lambda: shown_city(city, sight))

    def plan(self, plan: Plan, city: City, sight: Sight) -> Plan:
        """Return a plan of a city with figures as they may be counted."""
        if sight.own:
            return plan
        fabric = self._get("fabric", plan.fabric, sight, lambda: shown_fabric(plan.fabric, self.city(city, sight)))
        return shown_plan(plan, fabric)

    def ground(self, ground: Ground, sight: Sight) -> Ground:
        """Return the ground with figures as they may be counted."""
        return ground if sight.own else self._get("ground", ground, sight, lambda: self._ground(ground, sight))

    def _ground(self, ground: Ground, sight: Sight) -> Ground:
        city = self.city(ground.city, sight)
        people = {
            name: city.buildings[name].to_numpy(float, na_value=np.nan)
            for name in ("households", "residents", "elders_60", "elders_80", "children")
        }
        return replace(ground, city=city, **people)

    def _get(self, what: str, of: object, sight: Sight, make: Callable[[], Made]) -> Made:
        key = (what, id(of), sight.mark)
        with self._lock:
            held = self._kept.get(key)
            if held is None or held[0] is not of:
                held = self._kept[key] = (of, make())
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return cast("Made", held[1])
