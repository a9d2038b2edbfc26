"""The layers of a city and what each column of them means.

This is the one place where a layer's columns are declared. The readers map a file's columns onto it, the store makes
its tables from it, and the data dictionary is written from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["text", "integer", "real", "boolean", "date"]


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, kind, meaning in both languages and, where it has one, its unit.

    `required` columns may not be empty in any row. `personal` columns are figures about people that leave the tool only
    through `gridmap.release`.
    """

    name: str
    kind: Kind
    zh: str
    about: str
    unit: str = ""
    required: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: what its rows are, which shapes they have, and which column tells them apart (`key`)."""

    name: str
    zh: str
    about: str
    shapes: tuple[str, ...]
    key: str
    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order, without the geometry."""
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field:
        """Return the field of that name; KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


_AREA = ("Polygon", "MultiPolygon")
_LINE = ("LineString", "MultiLineString")
_POINT = ("Point", "MultiPoint")

_VALID = (
    Field("valid_from", "date", "启用日期", "first day on which the record holds; empty: since the records begin"),
    Field("valid_to", "date", "停用日期", "last day on which the record holds; empty: still"),
)

_PEOPLE = (
    Field("residents", "integer", "常住人口", "people who live here; empty: unknown", "persons"),
    Field("elders_60", "integer", "60岁以上", "residents of 60 and older; empty: unknown", "persons", personal=True),
    Field("elders_80", "integer", "80岁以上", "residents of 80 and older; empty: unknown", "persons", personal=True),
    Field("children", "integer", "14岁以下", "residents under 14; empty: unknown", "persons", personal=True),
)

_HOUSEHOLDS = (
    Field(
        "households",
        "integer",
        "户数",
        "households on the basis that the plans are drawn on; empty: unknown, which is never zero",
        "households",
    ),
    Field(
        "households_basis",
        "text",
        "户数口径",
        "dwelling 住宅套数, resident 常住户, registered 户籍户 or unstated 未注明",
    ),
    Field("households_as_of", "date", "户数时点", "day for which the households were counted; empty: unstated"),
    Field("resident_households", "integer", "常住户数", "resident households; empty: unknown", "households"),
    Field("resident_households_as_of", "date", "常住户数时点", "day for which the resident households were counted"),
)

_LAYERS = (
    Layer(
        "subdistricts",
        "街道（镇）",
        "Subdistricts and towns, the level between the city and its communities.",
        _AREA,
        "code",
        (
            Field("code", "text", "代码", "statistical code, 9 digits in China", required=True),
            Field("name", "text", "名称", "name", required=True),
            Field("kind", "text", "类别", "subdistrict 街道 or town 镇"),
            *_VALID,
        ),
    ),
    Layer(
        "communities",
        "社区",
        "Communities: every grid lies in exactly one.",
        _AREA,
        "code",
        (
            Field("code", "text", "代码", "statistical code, 12 digits in China", required=True),
            Field("name", "text", "名称", "name", required=True),
            Field("subdistrict", "text", "所属街道", "code of the subdistrict; empty: told by geometry"),
            Field("aliases", "text", "别名", "other names, separated by semicolons"),
            Field("lineage", "text", "沿革", "codes or names it was made from, with what happened, in words"),
            *_VALID,
        ),
    ),
    Layer(
        "compounds",
        "小区",
        "Housing compounds: containers of buildings that a plan keeps whole where it can.",
        _AREA,
        "id",
        (
            Field("id", "text", "编号", "identifier", required=True),
            Field("name", "text", "名称", "name"),
            Field("community", "text", "所属社区", "code of the community; empty: told by geometry"),
            Field("kind", "text", "类别", "compound 小区, courtyard 院落"),
            Field("gated", "boolean", "封闭管理", "entered only at its entrances"),
            Field("built_year", "integer", "建成年份", "year it was built", "year"),
            Field("renovation", "text", "改造批次", "renovation programme that it is in; empty: none"),
            Field("aliases", "text", "别名", "other names, separated by semicolons"),
            *_VALID,
        ),
    ),
    Layer(
        "entrances",
        "小区出入口",
        "Entrances of compounds. A compound without any is open on all sides.",
        _POINT,
        "id",
        (
            Field("id", "text", "编号", "identifier", required=True),
            Field("compound", "text", "所属小区", "id of the compound; empty: told by geometry"),
            Field("name", "text", "名称", "name, such as 南门"),
        ),
    ),
    Layer(
        "buildings",
        "楼栋",
        "Buildings, as outlines or as points. The unit that a plan assigns to grids.",
        (*_AREA, *_POINT),
        "id",
        (
            Field("id", "text", "编号", "identifier", required=True),
            Field("name", "text", "名称", "name or number, such as 3号楼"),
            Field("address", "text", "地址", "standard address"),
            Field("community", "text", "所属社区", "code of the community; empty: told by geometry"),
            Field("compound", "text", "所属小区", "id of the compound; empty: told by geometry, or none"),
            Field(
                "use",
                "text",
                "用途",
                "residential 住宅, mixed 商住, public 公共, commercial 商业, industrial 工业, other",
            ),
            Field("floors", "integer", "层数", "storeys above ground", "storeys"),
            Field("stairwells", "integer", "单元数", "stairwells 单元", "stairwells"),
            Field("built_year", "integer", "建成年份", "year it was built", "year"),
            *_HOUSEHOLDS,
            *_PEOPLE,
            *_VALID,
        ),
    ),
    Layer(
        "streets",
        "道路",
        "Street centre lines, noded or not.",
        _LINE,
        "id",
        (
            Field("id", "text", "编号", "identifier", required=True),
            Field("name", "text", "名称", "name; empty: unnamed"),
            Field("class", "text", "等级", "arterial 主干路, collector 次干路, local 支路, lane 巷, path 步行"),
            Field("bridge", "boolean", "桥梁", "runs over what it crosses, without meeting it"),
            Field("tunnel", "boolean", "隧道", "runs under what it crosses, without meeting it"),
            Field("level", "integer", "层次", "storey it runs on: 0 the ground; empty: told by bridge and tunnel"),
        ),
    ),
    Layer(
        "barriers",
        "屏障",
        "Lines that people do not cross except at bridges: rivers, railways, expressways.",
        (*_LINE, *_AREA),
        "id",
        (
            Field("id", "text", "编号", "identifier", required=True),
            Field("kind", "text", "类别", "river 河流, railway 铁路, expressway 快速路"),
            Field("name", "text", "名称", "name"),
        ),
    ),
    Layer(
        "water",
        "水面",
        "Water surfaces.",
        _AREA,
        "id",
        (Field("id", "text", "编号", "identifier", required=True), Field("name", "text", "名称", "name")),
    ),
    Layer(
        "green",
        "绿地",
        "Parks and other green land.",
        _AREA,
        "id",
        (Field("id", "text", "编号", "identifier", required=True), Field("name", "text", "名称", "name")),
    ),
    Layer(
        "facilities",
        "设施",
        "Places that serve: canteens, care classes, stations, centres … A shape of several points has one an entrance.",
        (*_POINT, *_AREA),
        "id",
        (
            Field("id", "text", "编号", "identifier", required=True),
            Field("name", "text", "名称", "name"),
            Field("kind", "text", "类别", "canteen, care_class, service_station, service_center …", required=True),
            Field("tier", "text", "层级", "city, subdistrict, community or compound"),
            Field("status", "text", "状态", "planned 规划, building 在建, open 运营, closed 停用"),
            Field("capacity", "integer", "容量", "people served at a time", "persons"),
            Field("area_m2", "real", "面积", "floor area", "m²"),
            Field("year", "integer", "年份", "year it was opened or rebuilt", "year"),
            Field("opening_hours", "text", "开放时间", "opening hours in words or in OpenStreetMap's notation"),
            Field("functions", "text", "功能", "what it offers, in words"),
            Field("tenure", "text", "权属", "of premises: owned 自有, rented 租用 or lent 借用"),
            Field("phone", "text", "电话", "public telephone"),
            Field("address", "text", "地址", "address"),
            Field("community", "text", "所属社区", "code of the community; empty: told by geometry"),
            Field(
                "serves", "text", "服务小区", "ids of the compounds that it serves by relation, separated by semicolons"
            ),
            Field("source", "text", "来源", "where the record is from"),
            *_VALID,
        ),
    ),
    Layer(
        "grids",
        "网格",
        "Grids as somebody drew them. An imported grid layer becomes a plan: the city itself holds no grids.",
        _AREA,
        "code",
        (
            Field("code", "text", "代码", "grid code: community code and 3-digit sequence in China", required=True),
            Field("name", "text", "名称", "name"),
            Field("kind", "text", "类别", "resident 居民网格 or special 专属网格; empty: resident"),
            Field("community", "text", "所属社区", "code of the community; empty: told by geometry"),
        ),
    ),
)

LAYERS: Mapping[str, Layer] = MappingProxyType({layer.name: layer for layer in _LAYERS})
"""All layers by name. `grids` is read from files only and becomes a Plan."""
