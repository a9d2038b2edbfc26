"""The same city, written in the ways that files of it come in, is read again as what it was, its CRS proposed first."""

import ezdxf
import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap import files, sample
from gridmap.geo.frames import Frame, to_frame

FRAME = Frame(sample.EPSG)
SAID = ("name", "address", "community", "households")


@pytest.fixture(scope="module")
def layers():
    return sample.layers()


@pytest.fixture(scope="module")
def reference(layers):
    return files.Reference(FRAME, {name: layers[name] for name in ("communities", "streets")})


def gbk_shapefile(layer, rows, folder):
    """As a desktop program writes it: short Chinese names, GBK, neither `.prj` nor `.cpg`."""
    names = {"id": "编号", "name": "名称", "address": "地址", "community": "社区", "households": "户数"}
    frame = gpd.GeoDataFrame(
        {theirs: rows[ours] for ours, theirs in names.items() if ours in rows}, geometry=rows.geometry, crs=rows.crs
    )
    frame.to_file(folder / f"{layer}.shp", encoding="GBK")
    for ending in (".prj", ".cpg"):
        (folder / f"{layer}{ending}").unlink()
    return folder / f"{layer}.shp"


def drawing(layer, rows, folder):
    """As a drawing that does not say which CRS it is in."""
    files.write(rows, folder / f"{layer}.dxf", layer=layer)
    document = ezdxf.readfile(folder / f"{layer}.dxf")
    document.header.custom_vars.clear()
    document.saveas(folder / f"{layer}.dxf")
    return folder / f"{layer}.dxf"


def written(ending, crs=None):
    def write(layer, rows, folder):
        files.write(rows, folder / f"{layer}{ending}", layer=layer, crs=crs)
        return folder / f"{layer}{ending}"

    return write


# How it is written, the CRS that comes first (None: the file says it, and nothing speaks against it), and how far off
# a vertex may be: a degree's decimals in GeoJSON, KML and CSV are 1 cm, all others are exact.
WAYS = {
    "GBK Shapefile": (gbk_shapefile, "EPSG:4546", 0.0),
    "KML": (written(".kml"), None, 0.01),
    "GCJ-02 GeoJSON": (written(".geojson", "gcj02"), "gcj02", 0.01),
    "BD-09 CSV": (written(".csv", "bd09"), "bd09", 0.01),
    "DXF": (drawing, "EPSG:4546", 1e-6),
    "Excel ledger": (written(".xlsx"), "EPSG:4546", 0.01),
}


@pytest.mark.parametrize("layer", ["compounds", "buildings"])
@pytest.mark.parametrize("way", WAYS)
def test_the_city_comes_back(layers, reference, tmp_path, way, layer):
    ours = layers[layer]
    write, first, off_m = WAYS[way]
    path = write(layer, ours, tmp_path)
    proposal = files.propose(path, layer, reference=reference)
    if first is None:
        assert proposal.crs == "EPSG:4326"
        assert proposal.crs_how in ("declared", "standard")
    else:
        assert (proposal.candidates[0].crs, proposal.candidates[0].offset) == (first, (0.0, 0.0))
        assert proposal.candidates[0].telling
        proposal = files.propose(path, layer, crs=first, reference=reference)
    if way == "GBK Shapefile":
        assert proposal.encoding.name == "gbk"
    read = files.read(proposal)
    came = to_frame(read.gdf, FRAME, crs=read.shift)
    assert came["id"].tolist() == ours["id"].tolist()
    for name in (name for name in SAID if name in ours):
        assert came[name].isna().tolist() == ours[name].isna().tolist()
        assert came[name].dropna().tolist() == ours[name].dropna().tolist()
    theirs = np.asarray(came.geometry.array, dtype=object)
    # A Shapefile turns rings round, so that they begin elsewhere: the areas are the same, point by point.
    assert shapely.hausdorff_distance(theirs, np.asarray(ours.geometry.array, dtype=object)).max() <= off_m
