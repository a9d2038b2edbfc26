"""The documents say what the code does: the data dictionary is the schema's, every rule and command is told."""

from pathlib import Path

from typer.main import get_command

from gridmap.city import finding_rules
from gridmap.city.dictionary import dictionary_page
from gridmap.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_data_dictionary_is_the_schema():
    assert (DOCS / "data-dictionary.md").read_text("utf-8") == dictionary_page()


def test_every_rule_is_told():
    text = (DOCS / "rules.md").read_text("utf-8")
    for table in sorted((ROOT / "gridmap" / "rules").glob("*.toml")):
        assert table.stem in text, table.name


def test_every_finding_is_told_with_severity_and_remedy():
    lines = (DOCS / "checking.md").read_text("utf-8").splitlines()
    untold = [
        rule.id
        for rule in finding_rules().values()
        if not any(
            line.startswith(f"| `{rule.id}` {rule.title_zh} | {rule.severity} |") and rule.remedy in line
            for line in lines
        )
    ]
    assert not untold


def test_every_command_and_option_is_told():
    text = "".join(page.read_text("utf-8") for page in sorted(DOCS.glob("*.md")))
    untold = []
    for name, command in _commands(get_command(app)):
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
        untold += [name] if f"gridmap {name}" not in text else []
        untold += [f"{name} {option}" for option in options if option != "--version" and option not in text]
    assert not untold


def _commands(group, prefix=""):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield prefix + name, command


def test_links_lead_somewhere():
    for page in (ROOT / "README.md", *DOCS.glob("*.md")):
        for part in page.read_text("utf-8").split("](")[1:]:
            target = part.split(")")[0].split("#")[0]
            if target and "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
