"""Files of every format, broken at random, and what reading them comes to. Run by test_mutants."""

import io
import json
import random
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from gridmap import files
from gridmap.errors import GridmapError

X0, Y0 = 570_000.0, 4_125_000.0
TOPOLOGY = {
    "type": "Topology",
    "objects": {"社区": {"type": "GeometryCollection", "geometries": [
        {"type": "Polygon", "arcs": [[0]], "properties": {"code": "1", "name": "东关", "户数": 3}}]}},
    "arcs": [[[111.7, 37.2], [111.8, 37.2], [111.8, 37.3], [111.7, 37.2]]],
}  # fmt: skip
OSM = """<?xml version="1.0"?><osm version="0.6"><node id="1" lat="37.2" lon="111.7"/>
<node id="2" lat="37.2" lon="111.8"/><node id="3" lat="37.3" lon="111.8"><tag k="amenity" v="school"/></node>
<way id="4"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/>
<tag k="building" v="yes"/><tag k="name" v="东关"/></way>
<way id="5"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>"""
WRITTEN = (".gpkg", ".geojson", ".fgb", ".parquet", ".kml", ".dxf", ".csv", ".xlsx")
ENDINGS = (*WRITTEN, ".shp", ".zip", ".kmz", ".topojson", ".geojsonl", ".osm", ".dbf")
EVIL = (
    b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\xff\xff\xff\x7f", b"1e999",
    b"NaN", b"-1", b"999999999999999999999", b"[" * 40, b"(" * 40, b"<a>" * 80, b'"', b"\x00", b"\r\n", b"POLYGON",
    b"/vsicurl/http://127.0.0.1/", b"../../../etc/passwd", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", "社区".encode("gbk"),
)  # fmt: skip


def layer():
    """Return a few areas with a column of each kind; the last has a hole and parts."""
    shapes = [shapely.box(X0 + k * 100, Y0, X0 + k * 100 + 100, Y0 + 100) for k in range(4)]
    shapes[3] = shapely.MultiPolygon(
        [shapely.Polygon(shapes[3].exterior, [shapely.box(X0 + 310, Y0 + 10, X0 + 320, Y0 + 20).exterior]),
         shapely.box(X0 + 500, Y0, X0 + 600, Y0 + 100)]
    )  # fmt: skip
    data = {"code": ["1", "2", "3", "4"], "name": ["东关社区", "a", None, "=1"], "households": [3, 4, 5, 6]}
    return gpd.GeoDataFrame({**data, "share": [0.5, 1, np.nan, 2]}, geometry=shapes, crs="EPSG:4546")


def seeds(folder):
    """Write a good file of every format; returns the bytes of its parts by ending."""
    for ending in (*WRITTEN, ".shp"):
        files.write(layer(), folder / f"a{ending}", layer="communities")
    parts = {ending: {ending: (folder / f"a{ending}").read_bytes()} for ending in WRITTEN}
    shape = {end: (folder / f"a{end}").read_bytes() for end in (".shp", ".shx", ".dbf", ".prj", ".cpg")}
    parts[".shp"], parts[".dbf"] = shape, {".dbf": shape[".dbf"]}
    parts[".zip"] = {".zip": packed({f"a{end}": data for end, data in shape.items()})}
    parts[".kmz"] = {".kmz": packed({"doc.kml": parts[".kml"][".kml"]})}
    parts[".topojson"] = {".topojson": json.dumps(TOPOLOGY).encode()}
    features = json.loads(parts[".geojson"][".geojson"])["features"]
    parts[".geojsonl"] = {".geojsonl": "\n".join(map(json.dumps, features)).encode()}
    parts[".osm"] = {".osm": OSM.encode()}
    return parts


def packed(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def mutated(data, rng, others):
    """Return bytes with a few of them changed, cut out, doubled, put in, or exchanged for those of another file."""
    if rng.random() < 0.4 and data[:2] == b"PK":
        return _repacked(data, rng, others)
    broken = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(broken) + 1) if rng.random() < 0.7 else rng.randrange(min(len(broken), 200) + 1)
        size = rng.choice((1, 1, 4, 16, 200))
        match rng.randrange(7):
            case 0 if broken:
                broken[at % len(broken)] ^= 1 << rng.randrange(8)
            case 1:
                broken[at : at + size] = rng.randbytes(size)
            case 2:
                del broken[at : at + size]
            case 3:
                broken[at:at] = broken[at : at + size]
            case 4:
                evil = rng.choice(EVIL)
                broken[at : at + (len(evil) if rng.random() < 0.5 else 0)] = evil
            case 5:
                other = rng.choice(others)
                begin = rng.randrange(len(other))
                broken[at : at + size] = other[begin : begin + size]
            case 6 if rng.random() < 0.3:
                del broken[at:]
    return bytes(broken)


def _repacked(data, rng, others):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(list(members))
    members[name] = mutated(members[name], rng, others)
    if rng.random() < 0.1:
        members[rng.choice(("../../evil.shp", "/tmp/evil.kml", "a\\..\\b.dbf"))] = members.pop(name)  # noqa: S108
    return packed(members)


def read(path, source):
    """Propose and read a layer of a file; returns the code of the error, or "read"."""
    crs = "EPSG:4546" if path.suffix in (".csv", ".xlsx", ".dbf") else None
    try:
        proposal = files.propose(path, "communities", source_layer=source, crs=crs)
        assert str(proposal)
        files.read(proposal, accept=("invalid-geometry", "empty-geometry"))
    except GridmapError as error:
        whole = error.hint and path.name in error.message
        return error.code if whole else f"{error.code} says too little: {error}"
    return "read"


def first_layer(parts, path):
    """Return the first layer of a good file, None where it has no layers by name."""
    for end, data in parts.items():
        path.with_suffix(end).write_bytes(data)
    found = files.layers_in(path)
    return found[0].name if path.suffix in (".xlsx", ".osm", ".kml", ".kmz", ".dxf", ".gpkg", ".topojson") else None


def assault(endings, count, seed, folder):
    """Read `count` mutants of each format; returns how often each code came, and what else went wrong."""
    good = seeds(folder)
    others = [data for parts in good.values() for data in parts.values()]
    codes, wrong = Counter(), []
    for ending in endings:
        source = first_layer(good[ending], folder / f"good{ending}")
        for number in range(count):
            rng = random.Random(f"{seed} {ending} {number}")  # noqa: S311 - which bytes to break is no secret
            parts = dict(good[ending])
            name = rng.choice(list(parts))
            parts[name] = mutated(parts[name], rng, others)
            with tempfile.TemporaryDirectory(dir=folder) as home:
                path = Path(home) / f"mutant{ending}"
                for end, data in parts.items():
                    path.with_suffix(end).write_bytes(data)
                before = sorted(path.parent.iterdir())
                try:
                    codes[read(path, source)] += 1
                except Exception as error:  # noqa: BLE001 - anything else is a fault of ours, to be reported
                    wrong.append(f"{seed} {ending} {number}: {type(error).__name__}: {error}")
                if sorted(path.parent.iterdir()) != before:
                    wrong.append(f"{seed} {ending} {number}: something was written beside the file")
    return codes, wrong


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        print(*assault(ENDINGS, int(sys.argv[1]), sys.argv[2], Path(home)), sep="\n")
