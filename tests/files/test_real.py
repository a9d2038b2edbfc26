"""Files that were not made for these tests."""

from pathlib import Path

import pytest

from gridmap import files
from gridmap.errors import GridmapError
from gridmap.files.dbf import open_dbf

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize(
    ("layer", "rows", "fields"),
    [
        ("communities", 1, {"code": "INSEE_COM", "name": "NOM"}),
        ("buildings", 2273, {"id": "ID", "community": "INSEE_COM", "households": "NB_LOGTS", "floors": "NB_ETAGES"}),
        ("streets", 1094, {}),
        ("facilities", 21, {"id": "ID", "name": "TOPONYME", "kind": "NATURE"}),
    ],
)
def test_the_french_commune_needs_no_column_named(real_data, layer, rows, fields):
    proposal = files.propose(real_data / "olemps.gpkg", layer)
    assert fields.items() <= {match.field: " ".join(match.columns) for match in proposal.mapping}.items()
    read = files.read(proposal)
    assert len(read.gdf) == rows
    assert read.gdf[read.gdf.columns[0]].is_unique
    if layer == "buildings":
        assert read.gdf["households"].isna().sum() == 939
        assert (read.gdf["households"] == 0).any()
        assert set(read.gdf["households_basis"].dropna()) == {"dwelling"}
        assert read.gdf["name"].isna().all(), "NOM is the commune's name"


@pytest.mark.parametrize(
    ("layer", "rows", "fields"),
    [
        ("communities", 19, {"code": "SUBZONE_C", "name": "SUBZONE_N"}),
        (
            "buildings",
            699,
            {
                "id": "block_id",
                "community": "SUBZONE_C",
                "address": "blk_no street",
                "households": "total_dwelling_units",
            },
        ),
        ("streets", 900, {"id": "RD_CD", "name": "RD_CD_DESC"}),
        ("facilities", 302, {"id": "fac_id", "kind": "fac_type"}),
    ],
)
def test_the_singapore_town_needs_no_column_named(real_data, layer, rows, fields):
    proposal = files.propose(real_data / "singapore_toapayoh_punggol.gpkg", layer)
    assert fields.items() <= {match.field: " ".join(match.columns) for match in proposal.mapping}.items()
    read = files.read(proposal)
    assert len(read.gdf) == rows
    assert read.gdf[read.gdf.columns[0]].is_unique
    if layer == "buildings":
        assert read.gdf["households"].sum() == 75_979
        assert read.gdf["address"].iloc[0] == "1 LOR 7 TOA PAYOH"
        assert (read.gdf["community"].dropna().str.len() == 6).all()


def test_the_synthetic_cells(real_data):
    read = files.read(files.propose(real_data / "synthetic_community.parquet", "buildings", columns={"id": "uid"}))
    assert len(read.gdf) == 2531
    assert read.gdf["households"].sum() == 70_466


TEXTS = {
    "big5.dbf": ("big5", "繁體國語"),
    "gbk.dbf": ("gbk", "简体国语"),
    "gb2312.dbf": ("gbk", "简体国语"),
    "shiftjis.dbf": ("cp932", "ひたちなか市"),
    "eucjp.dbf": ("euc_jp", "ひたちなか市"),
    "utf8.dbf": ("utf-8", "国语國語"),
    "latin1.dbf": ("cp1252", "Peçeña México"),
    "periphereies.dbf": ("cp1253", "Π. ΑΝΑΤΟΛΙΚΗΣ ΜΑΚΕΔΟΝΙΑΣ - ΘΡΑΚΗΣ"),
    "ldid/chinese.dbf": ("gbk", "简体"),
    "cpg/big5.dbf": ("big5", "國語"),
    "cpg/euckr.dbf": ("euc_kr", "한국말"),
    "cpg/koi8r.dbf": ("koi8-r", "русский"),
    "cpg/latin2.dbf": ("iso8859-2", "čeština"),
    "cpg/shiftjis.dbf": ("cp932", "カタカナひらがな"),
    "cpg/win1251.dbf": ("cp1251", "РУССКИЙ"),
    "cpg/win874.dbf": ("cp874", "ภาษาไทย"),
}


@pytest.mark.parametrize("name", list(TEXTS))
def test_tables_in_all_encodings(real_data, name):
    path = real_data / "malformed/mapshaper/dbf" / name
    cpg = path.with_suffix(".cpg")
    declared = cpg.read_text("latin-1").strip() if cpg.exists() else None
    table = open_dbf(path, file=name, declared=declared)
    assert table.encoding.name == TEXTS[name][0]
    assert table.preview()[0] == TEXTS[name][1]


def test_every_malformed_file_is_read_or_refused_with_one_error(real_data):
    """No other exception, nothing written beside the files; and both outcomes do occur."""
    found = sorted(path for path in (real_data / "malformed").rglob("*") if path.is_file())
    assert len(found) > 150
    read, errors = 0, []
    for path in found:
        for layer in ("streets", "buildings"):
            try:
                for source in files.layers_in(path):
                    read += bool(_take(path, layer, source.name))
            except GridmapError as error:
                errors.append((path.name, error))
    assert read > 40
    assert len(errors) > 200
    assert [error for name, error in errors if name not in str(error) or not error.hint] == []
    assert sorted(path for path in (real_data / "malformed").rglob("*") if path.is_file()) == found


def _take(path: Path, layer: str, source_layer: str) -> int:
    """Read a layer; one that says nothing about its CRS is read as metres somewhere."""
    proposal = files.propose(path, layer, source_layer=source_layer)
    if proposal.crs is None:
        proposal = files.propose(path, layer, source_layer=source_layer, crs="EPSG:3414")
    assert str(proposal)
    return len(files.read(proposal, accept=("invalid-geometry", "empty-geometry")).gdf)


def test_fenyang_codes_are_text(real_data, tmp_path):
    """The table of codes has no places; with some, its 12 digits come through whole."""
    path = real_data / "fenyang_codes/fenyang_level5_villages_communities_2023.csv"
    lines = path.read_text("utf-8-sig").splitlines()
    placed = [f"{lines[0]},x,y", *(f"{line},111.{k:04},37.2" for k, line in enumerate(lines[1:]))]
    (tmp_path / "codes.csv").write_text("\n".join(placed), "utf-8")
    proposal = files.propose(tmp_path / "codes.csv", "compounds", crs="EPSG:4490")
    assert {"id": ("code",), "name": ("name",)}.items() <= {m.field: m.columns for m in proposal.mapping}.items()
    with pytest.raises(GridmapError, match="Point"):
        files.read(proposal)
