"""Where the names of columns are: below titles, in two rows; and months as days."""

import openpyxl
import pytest

from gridmap import files
from gridmap.errors import InputError


def book(path, rows):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.save(path)
    return path


PLACED = ["x", "y"]
AT = [571_000, 4_125_000]


def test_a_title_and_names_in_two_rows(tmp_path, take):
    path = book(
        tmp_path / "a.xlsx",
        [
            ["汾阳市楼栋户数统计表"],
            [],
            ["编号", "户数（户）", None, "人口", None, *PLACED],
            [None, "常住", "户籍", "总人口", "60岁以上", None, None],
            ["b1", "1,200", 300, 900, "约30", *AT],
            ["b2", 10, 3, 9, "—", *AT],
        ],
    )
    read = take(path, crs="EPSG:4546")
    assert read.gdf["id"].tolist() == ["b1", "b2"]
    assert read.gdf["households"].tolist() == [1200, 10]
    assert read.gdf["households_basis"].tolist() == ["resident", "resident"]
    assert read.gdf["residents"].tolist() == [900, 9]
    assert read.gdf["elders_60"].isna().tolist() == [False, True]
    assert read.gdf.index.tolist() == [1, 2]
    assert any("title" in note for note in read.notes)
    assert any("two rows" in note for note in read.notes)
    other = take(path, crs="EPSG:4546", columns={"households": "户数（户）/户籍"})
    assert other.gdf["households"].tolist() == [300, 3]


def test_rows_of_values_are_no_names(tmp_path, take):
    """A column without a name over texts does not make the first row of values a heading."""
    path = book(
        tmp_path / "a.xlsx", [["id", "name", None, *PLACED], ["b1", None, "备注", *AT], ["b2", "乙", None, *AT]]
    )
    assert take(path, crs="EPSG:4546").gdf["id"].tolist() == ["b1", "b2"]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_a_title_above_csv(tmp_path, take, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(
        "东关社区台账,,,\r\n\r\nid,户数,x,y\r\nb1,3,571000,4125000\r\nb2,4,571000,4125000\r\n".encode(encoding)
    )
    read = take(path, crs="EPSG:4546")
    assert read.gdf["households"].tolist() == [3, 4]
    assert any("东关社区台账" in note for note in read.notes)


def test_months_are_days_with_a_note(tmp_path, take):
    path = tmp_path / "a.csv"
    path.write_text("id,户数,统计时点,x,y\nb1,3,2024年3月,571000,4125000\nb2,3,2024-02-29,571000,4125000\n", "utf-8")
    read = take(path, crs="EPSG:4546")
    assert read.gdf["households_as_of"].tolist() == ["2024-03-01", "2024-02-29"]
    assert any("2024年3月 as 2024-03-01" in note for note in read.notes)


def test_other_dates_stay_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,户数,统计时点,x,y\nb1,3,05/06/2020,571000,4125000\n", "utf-8")
    with pytest.raises(InputError, match="05/06/2020"):
        files.read(files.propose(path, "buildings", crs="EPSG:4546"))


def test_names_in_three_rows_and_numbers_in_numerals(tmp_path, take):
    path = book(
        tmp_path / "a.xlsx",
        [
            ["编号", "位置", None, "户数", None, None],
            [None, "坐标", None, "常住", None, "户籍"],
            [None, "x", "y", "户数", "人数", "户数"],
            ["b1", *AT, "三百二十户", 900, 300],
            ["b2", *AT, "十二", 30, None],
        ],
    )
    read = take(path, crs="EPSG:4546", columns={"x": "位置/坐标/x", "y": "位置/坐标/y", "households": "户数/常住/户数"})
    assert read.gdf["id"].tolist() == ["b1", "b2"]
    assert read.gdf["households"].tolist() == [320, 12]
    assert any("three rows" in note for note in read.notes)
    assert any("'三百二十户' is read as 320" in note for note in read.notes), read.notes


def test_rows_of_text_below_names_with_gaps_are_rows(tmp_path, take):
    """A table whose names leave a gap, with rows of nothing but text: none of them is taken for names."""
    path = book(
        tmp_path / "a.xlsx", [["id", "x", "y", "name", None], ["b1", *AT, "东关", "a"], ["b2", *AT, "西关", "b"]]
    )
    assert take(path, crs="EPSG:4546").gdf["id"].tolist() == ["b1", "b2"]
