"""Ledgers of the sample city as its communities keep them: a row a household, addresses as people write them.

The truth is known, so that matching can be measured: which building each row is, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridmap.sample.names import numeral

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["Ledger", "household_ledger"]

_RENAMED = {"东关社区": "东门里社区", "望春社区": "望春苑社区", "石塔社区": "塔下社区", "崇文社区": "崇文新区社区"}
"""Communities that the ledger still, or already, calls by names that the city's layers do not have."""

_NOWHERE = ("丽景湾", "凯旋门小区", "水木清华园", "滨江一号", "矿务局宿舍", "玫瑰园", "碧水云天", "金地花园")
_UNKNOWN = ("", "无", "外地", "租房户", "详见附表", "同上")
_LIKE = (
    "苑园院元圆远", "小晓校", "区曲", "华花化", "府福", "家佳嘉", "城诚成", "景锦", "春村", "新心欣", "文闻", "关观官",
    "宿肃", "舍社设", "局居", "属蜀", "巷港项", "街阶",
)  # fmt: skip
"""Signs that are typed for each other, because they sound alike."""

_FULL = str.maketrans("0123456789-#", "０１２３４５６７８９－＃")


@dataclass(frozen=True)
class Ledger:
    """A ledger (`rows`), the id of the building that each row is (None: of none), and what was done to it."""

    rows: pd.DataFrame
    truth: list[str | None]
    noise: list[str]


def household_ledger(
    layers: Mapping[str, GeoDataFrame], *, rows: int = 20_000, seed: int = 1, split: bool = False
) -> Ledger:
    """Write a ledger of households, drawn by the buildings' households, with the usual noise; invented persons.

    About a tenth of the names are abbreviated, a twentieth misspelt, stairwells are left out, communities renamed, and
    one row in fifty is no place of the city. With `split`, the address stands in columns of its own.
    """
    rng = np.random.default_rng([seed, 99])
    writer = _Writer(layers, rng)
    homes = layers["buildings"]["households"].to_numpy(dtype=float, na_value=0.0)
    drawn = rng.choice(len(homes), rows, p=homes / homes.sum())
    written: list[dict[str, Any]] = []
    truth: list[str | None] = []
    noise: list[str] = []
    for number, row in enumerate(drawn.tolist(), 1):
        parts, real, said = writer.row(row)
        people = int(rng.integers(1, 6))
        own = parts if split else {"住址": "".join(parts.values())}
        written.append({"序号": number, **own, "户主": f"住户{number}", "家庭人口": people,
                        "60岁以上": int(rng.binomial(people, 0.2)), "80岁以上": 0,
                        "儿童": int(rng.binomial(people, 0.15))})  # fmt: skip
        truth.append(writer.ids[row] if real else None)
        noise.append(said)
    return Ledger(pd.DataFrame(written), truth, noise)


class _Writer:
    """Writes addresses of buildings in the ways that people have."""

    def __init__(self, layers: Mapping[str, GeoDataFrame], rng: np.random.Generator) -> None:
        self.rng = rng
        buildings = layers["buildings"]
        self.ids = buildings["id"].tolist()
        self.names, self.addresses = buildings["name"].tolist(), buildings["address"].tolist()
        self.stairwells = buildings["stairwells"].fillna(1).astype(int).tolist()
        self.floors = buildings["floors"].fillna(1).astype(int).tolist()
        compounds = layers["compounds"].set_index("id")["name"].to_dict()
        self.compound = [compounds.get(code, "") if isinstance(code, str) else "" for code in buildings["compound"]]
        communities = layers["communities"].set_index("code")
        self.community = [communities["name"].get(code, "") for code in buildings["community"]]
        self.alias = communities["aliases"].dropna().to_dict()
        subdistricts = layers["subdistricts"].set_index("code")["name"].to_dict()
        self.subdistrict = [subdistricts.get(str(code)[:9], "") for code in buildings["community"]]
        self.codes = buildings["community"].tolist()

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def one(self, choices: Sequence[str]) -> str:
        return choices[int(self.rng.integers(len(choices)))]

    def row(self, at: int) -> tuple[dict[str, str], bool, str]:
        """Return the parts of an address, whether it is one of the city, and what was done to it."""
        if self.chance(0.01):
            return (
                {"街道": "", "社区": "", "小区": self.one(_UNKNOWN), "楼号": "", "单元": "", "户号": ""},
                False,
                "none",
            )
        said: list[str] = []
        place, building, real = self._place(at, said)
        parts = {"街道": self._subdistrict(at), "社区": self._community(at, said), "小区": place, "楼号": building}
        parts |= self._inside(at, said) if building or not self.compound[at] else {"单元": "", "户号": ""}
        if self.chance(0.06):
            parts = {name: text.translate(_FULL) for name, text in parts.items()}
            said.append("full width")
        return parts, real, "+".join(said) or "plain"

    def _subdistrict(self, at: int) -> str:
        if self.chance(0.5):
            return ""
        name = self.subdistrict[at]
        return self.one([name, name, f"汾阳市{name}", name.replace("街道", "街道办事处"), f"山西省汾阳市{name}"])

    def _community(self, at: int, said: list[str]) -> str:
        if self.chance(0.35):
            said.append("no community")
            return ""
        name = self.community[at]
        if self.codes[at] in self.alias:
            if self.chance(0.5):
                said.append("alias")
                return str(self.one(self.alias[self.codes[at]].split(";")))
        elif name in _RENAMED and self.chance(0.4):
            said.append("renamed")
            return _RENAMED[name]
        return str(self.one([name, name, name, name.removesuffix("社区") + "居委会", f"{name}居委会"]))

    def _place(self, at: int, said: list[str]) -> tuple[str, str, bool]:
        compound, number = self.compound[at], "".join(filter(str.isdigit, self.names[at]))
        if not compound:
            return self._house(at, said)
        if self.chance(0.01):
            said.append("nowhere")
            return self.one(_NOWHERE), f"{self.rng.integers(1, 9)}号楼", False
        if self.chance(0.005):
            said.append("no such building")
            return compound, f"{self.rng.integers(60, 90)}号楼", False
        if self.chance(0.01):
            said.append("no building")
            return compound, "", True
        name = compound
        if self.chance(0.1):
            name = self._short(name, said)
        elif self.chance(0.05):
            name = self._misspelt(name, said)
        if self.chance(0.15):
            name = self.addresses[at].partition(compound)[0] + name
            said.append("street")
        return name, self._number(number, said), True

    def _house(self, at: int, said: list[str]) -> tuple[str, str, bool]:
        text = self.addresses[at]
        if self.chance(0.03):
            text = self._misspelt(text.rstrip("0123456789号"), said) + text[len(text.rstrip("0123456789号")) :]
        if self.chance(0.2):
            text += "院"
        if not self.names[at].endswith(("号院", "号楼")) and self.chance(0.5):
            said.append("named")
            return self.names[at], "", True
        said.append("house")
        return text, "", True

    def _short(self, name: str, said: list[str]) -> str:
        for ending in ("家属院", "宿舍", "小区", "花园", "家园", "佳苑", "新村", "佳园", "花苑"):
            if name.endswith(ending) and len(name) - len(ending) >= 2:
                said.append("short")
                return name.removesuffix(ending)
        return name

    def _misspelt(self, name: str, said: list[str]) -> str:
        said.append("typo")
        at = int(self.rng.integers(len(name)))
        like = next((group for group in _LIKE if name[at] in group), "")
        kind = self.rng.random()
        if like and kind < 0.7:
            return name[:at] + self.one([sign for sign in like if sign != name[at]]) + name[at + 1 :]
        if kind < 0.85:
            return name[:at] + name[at + 1 :]
        return name[:at] + self.one("大新一中东西金华文") + name[at:]

    def _number(self, number: str, said: list[str]) -> str:
        styles: list[Callable[[str], str]] = [
            lambda n: f"{n}号楼", lambda n: f"{n}号楼", lambda n: f"{n}栋", lambda n: f"{n}幢", lambda n: f"{n}#",
            lambda n: f"{numeral(int(n))}号楼", lambda n: f"{n}#楼", lambda n: f" {n}-",
        ]  # fmt: skip
        style = styles[int(self.rng.integers(len(styles)))]
        text = style(number)
        if text.endswith("-"):
            said.append("dashes")
        return text

    def _inside(self, at: int, said: list[str]) -> dict[str, str]:
        stairwell = int(self.rng.integers(1, self.stairwells[at] + 1))
        room = f"{self.rng.integers(1, self.floors[at] + 1)}0{self.rng.integers(1, 4)}"
        if not self.compound[at]:
            return {"单元": "", "户号": self.one(["", "", f"{self.rng.integers(1, 5)}户"])}
        if "dashes" in said:
            return {"单元": f"{stairwell}-" if self.chance(0.7) else "", "户号": room}
        if self.chance(0.2):
            said.append("no stairwell")
            return {"单元": "", "户号": f"{room}室"}
        word = self.one([f"{stairwell}单元", f"{stairwell}单元", f"{numeral(stairwell)}单元", f"{stairwell}门"])
        return {"单元": word, "户号": self.one([room, f"{room}室", f"{room}号", f"{room}户"])}
