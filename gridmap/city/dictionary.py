"""The data dictionary: every layer and column, in both languages, written from the schema."""

from __future__ import annotations

from collections.abc import Iterable

from gridmap.city.schema import LAYERS, Field, Layer

__all__ = ["data_dictionary", "dictionary_page"]

_KINDS = {"text": "文本", "integer": "整数", "real": "实数", "boolean": "是/否", "date": "日期 YYYY-MM-DD"}

_STORED = """## What a workspace adds 历史

Each layer of a workspace has one column more, which no file is asked for, and one table holds what its rows were:

| column 字段 | 中文名 | kind 类型 | meaning 说明 |
|---|---|---|---|
| `version_from` | 现状起始日 | date 日期 YYYY-MM-DD | first day of the row as it reads; empty: since records begin |

`layer_history` 历史: rows that changed or vanished, by an import or a repair.

| column 字段 | 中文名 | kind 类型 | meaning 说明 |
|---|---|---|---|
| `layer` | 图层 | text 文本 | the layer that the row was in |
| `key` | 主键 | text 文本 | its id or code |
| `valid_from` | 起始日 | date 日期 YYYY-MM-DD | first day on which it was so; empty: since the records begin |
| `valid_to` | 截止日 | date 日期 YYYY-MM-DD | last day on which it was so |
| `revision` | 修订号 | integer 整数 | revision of the city that ended it |
| `layer_fid` | 行号 | integer 整数 | the row's number in its layer |
| `record` | 内容 | text 文本 | its columns as JSON, without those that were empty |
"""


def data_dictionary(layers: Iterable[str] = tuple(LAYERS), *, heading: int = 2) -> str:
    """Write the dictionary of some layers, all by default, as Markdown; `heading` is the level of a layer's heading.

    KeyError for a layer that is not in the schema.

    >>> print(data_dictionary(["water"]).splitlines()[0])
    ## water 水面
    """
    return "\n".join(_layer(LAYERS[name], "#" * heading) for name in layers)


def _layer(layer: Layer, hashes: str) -> str:
    rows = "\n".join(_field(field, key=field.name == layer.key) for field in layer.fields)
    return (
        f"{hashes} {layer.name} {layer.zh}\n\n"
        f"{layer.about} Shapes 图形: {', '.join(layer.shapes)}.\n\n"
        "| column 字段 | 中文名 | kind 类型 | unit 单位 | meaning 说明 |\n"
        "|---|---|---|---|---|\n"
        f"{rows}\n"
    )


def _field(field: Field, *, key: bool) -> str:
    marks = [
        mark
        for mark, holds in (
            ("key 主键", key),
            ("required 必填", field.required),
            ("leaves the tool only as a suppressed aggregate 仅以隐去小数的汇总数公开", field.personal),
        )
        if holds
    ]
    meaning = field.about + (f" ({'; '.join(marks)})" if marks else "")
    kind = f"{field.kind} {_KINDS[field.kind]}"
    return f"| `{field.name}` | {field.zh} | {kind} | {field.unit} | {meaning.replace('|', '/')} |"


def dictionary_page() -> str:
    """Write `docs/data-dictionary.md`."""
    head = "# The layers and their columns\n\nWritten from the schema by `python -m gridmap.city FILE`.\n\n"
    return head + data_dictionary().rstrip() + "\n\n" + _STORED
