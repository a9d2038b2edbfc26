"""Fabrics of real towns: points on un-noded streets, and outlines with unknown dwellings."""

import numpy as np
import pytest
import shapely

from gridmap.geo.coverage import coverage_faults
from gridmap.plan import Plan, atoms, balance, components, fabric
from gridmap.rules import profile


@pytest.mark.real_data
def test_every_building_of_a_real_town_gets_its_cell(real_city):
    city = real_city
    made = fabric(city)
    assert set(made.cell_ids[made.building >= 0]) | set(made.homeless) == set(city.buildings["id"])
    for row, area in enumerate(city.communities.geometry):
        cells = made.polygons[made.community == row]
        assert shapely.area(cells).sum() == pytest.approx(area.area, rel=1e-9)
        assert shapely.coverage_is_valid(cells)
        assert not len(coverage_faults(cells, tolerance_m=0.01, sliver_width_m=1.0))
    assert len(np.unique(components(made, made.community))) == len(city.communities)
    plan = Plan.undivided(made)
    for index, shape in enumerate(plan.polygons()):
        assert shape.area == pytest.approx(city.communities.geometry.iloc[index].area)
    found = balance(plan, window=profile("cn").grid)
    households = city.buildings["households"]
    assert found.totals["households"] == households.sum()
    assert found.totals["unknown_buildings"] == households.isna().sum()
    pp = found.table["polsby_popper"].to_numpy()
    # Borders shorter than a centimetre are not counted as shared.
    measured = 4 * np.pi * shapely.area(plan.polygons()) / shapely.length(plan.polygons()) ** 2
    np.testing.assert_allclose(pp, measured, rtol=1e-5)
    assert atoms(made, max_households=500).households.sum() == households.sum()
