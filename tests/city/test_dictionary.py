import pytest

from gridmap.city import LAYERS, data_dictionary


def test_the_dictionary_has_every_column_of_every_layer_in_both_languages() -> None:
    text = data_dictionary()
    for layer in LAYERS.values():
        section = text.split(f"## {layer.name} {layer.zh}\n")[1].split("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert len(rows) == len(layer.fields)
        for row, field in zip(rows, layer.fields, strict=True):
            assert row.startswith(f"| `{field.name}` | {field.zh} | {field.kind} ")
            assert row.count("|") == 6
            assert ("必填" in row, "隐去" in row) == (field.required, field.personal)


def test_the_dictionary_of_some_layers() -> None:
    text = data_dictionary(["communities", "grids"], heading=3)
    assert [line for line in text.splitlines() if line.startswith("#")] == ["### communities 社区", "### grids 网格"]
    with pytest.raises(KeyError):
        data_dictionary(["houses"])
