"""The data dictionary: every layer and column, in both languages, written from the schema."""

from __future__ import annotations

from collections.abc import Iterable

from gridmap.city.schema import LAYERS, Field, Layer

__all__ = ["data_dictionary", "dictionary_page"]

_KINDS = {"text": "文本", "integer": "整数", "real": "实数", "boolean": "是/否", "date": "日期 YYYY-MM-DD"}


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
    return head + data_dictionary().rstrip() + "\n"
