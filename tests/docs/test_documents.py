"""The documents say what the code does: the data dictionary is the schema's, every rule and command is told."""

from pathlib import Path

from typer.main import get_command

from gridmap.city import data_dictionary
from gridmap.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HEAD = (
    "# The layers and their columns\n\nWritten from `gridmap/city/schema.py` by `gridmap.city.data_dictionary()`.\n\n"
)


def test_data_dictionary_is_the_schema():
    assert (DOCS / "data-dictionary.md").read_text("utf-8") == HEAD + data_dictionary().rstrip() + "\n"


def test_every_rule_is_told():
    text = (DOCS / "rules.md").read_text("utf-8")
    for table in sorted((ROOT / "gridmap" / "rules").glob("*.toml")):
        assert table.stem in text, table.name


def test_every_command_and_option_is_told():
    text = (DOCS / "commands.md").read_text("utf-8")
    for name, command in get_command(app).commands.items():
        assert f"`gridmap {name}" in text, name
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option not in ("--help", "--version"):
                    assert option in text, f"{name} {option}"


def test_links_lead_somewhere():
    for page in (ROOT / "README.md", *DOCS.glob("*.md")):
        for part in page.read_text("utf-8").split("](")[1:]:
            target = part.split(")")[0].split("#")[0]
            if target and "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
