"""One question of siting answered in several ways, each measured by the same yardsticks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gridmap.errors import InfeasibleError
from gridmap.facilities.coverage import Coverage, coverage
from gridmap.facilities.sites import SitePlan, site
from gridmap.facilities.whatif import Open, changed_city

__all__ = ["Alternative", "alternatives"]

_SAME = ("minutes", "metres", "where", "who", "options", "time_limit_s")
_WAYS: tuple[tuple[str, str, str], ...] = (
    ("mclp", "覆盖最多", "most covered"),
    ("p_median", "总步行最短", "least walking"),
    ("p_center", "最远者最近", "shortest longest way"),
    ("lscp", "全部覆盖", "all covered"),
    ("capacitated_mclp", "容量内覆盖最多", "most served"),
    ("capacitated_p_median", "容量内步行最短", "least walking within capacity"),
)


@dataclass(frozen=True, eq=False)
class Alternative:
    """The present state (`plan` is None) or a choice of sites, and what it comes to.

    `coverage` is that with the sites open. `mean_m` is the way of a household to its nearest facility, `far_m` that
    which 95 % of households do not exceed (of those with a way; NaN where none has one), and `unserved` in how many
    communities no household is covered.
    """

    id: str
    zh: str
    en: str
    plan: SitePlan | None
    coverage: Coverage
    mean_m: float
    far_m: float
    unserved: int


def alternatives(
    plan: SitePlan,
    *,
    add: int,
    options: Mapping[str, Any] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Alternative, ...]:
    """Return the present state, the plan, what other models choose, and the best without the plan's sites.

    `options` are those the plan was asked with: the others ask with the same limit, people and candidates. A question
    that has no answer is left out. Each model is solved once; `progress` is told the id of each before it is.
    """
    tell = progress or (lambda _name, _done, _total: None)
    asked = {name: value for name, value in (options or {}).items() if name in _SAME}
    ground, kind, model = plan.ground, plan.supply.kind.id, plan.answer.model
    names = {way: (zh, en) for way, zh, en in _WAYS}
    others = [one for one in _WAYS[:3] if one[0] != model]
    total = len(others) + 2
    tell("present", 0, total)
    made = [_measured("present", ("现状", "present state"), None, plan)]
    made.append(_measured(model, names.get(model, (model, model)), plan, plan))
    for done, (way, zh, en) in enumerate(others, 1):
        tell(way, done, total)
        try:
            made.append(_measured(way, (zh, en), site(ground, kind, add=add, model=way, **asked), plan))
        except InfeasibleError:
            continue
    tell("second", total - 1, total)
    taken = tuple(str(one) for one in plan.steps["id"])
    if taken and len(plan.candidates) > len(taken):
        second = site(ground, kind, add=add, model="mclp", without=taken, **asked)
        made.append(_measured("second", ("次选（不用首选点位）", "without those sites"), second, plan))
    return tuple(made)


def _measured(id_: str, names: tuple[str, str], plan: SitePlan | None, asked: SitePlan) -> Alternative:
    """Open the sites of a plan and measure the coverage."""
    ground, limit = asked.ground, asked.limit
    opened = [] if plan is None else plan.steps[["x", "y"]].to_numpy(float).tolist()
    changes = [Open(f"new-{at + 1}", float(x), float(y)) for at, (x, y) in enumerate(opened)]
    city = changed_city(ground.city, asked.supply.kind.id, changes)[0] if changes else ground.city
    limit_m = limit.limit_m if limit.minutes is None else None
    found = coverage(replace(ground, city=city), asked.supply.kind.id, minutes=limit.minutes, metres=limit_m)
    households = np.nan_to_num(ground.households, nan=0.0)
    way = np.isfinite(found.dist_m) & (households > 0)
    mean = far = np.nan
    if way.any():
        order = np.argsort(found.dist_m[way], kind="stable")
        metres, weight = found.dist_m[way][order], np.cumsum(households[way][order])
        mean = float(np.average(found.dist_m[way], weights=households[way]))
        far = float(metres[min(np.searchsorted(weight, 0.95 * weight[-1]), len(metres) - 1)])
    unserved = int((found.table("community")["share"] == 0).sum())
    return Alternative(id_, *names, plan, found, mean, far, unserved)
