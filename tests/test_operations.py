"""The files that start the server elsewhere are whole, and what they and the guide call exists."""

import configparser
import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from gridmap.cli.app import app
from gridmap.server.metrics import Metrics

DOCS = Path(__file__).parents[1] / "docs"


def parsed(words):
    """Parse the words after `gridmap` as the command would; fails on a command or an option that there is not."""
    command, words = get_command(app), list(words)
    while hasattr(command, "commands"):
        name = words.pop(0)
        assert name in command.commands, name
        command = command.commands[name]
    return command.make_context("gridmap", words).params


def commands_of_the_guide():
    blocks = re.findall(r"^```\n(.*?)^```", (DOCS / "operations.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`(gridmap [^`]+)`", (DOCS / "operations.md").read_text("utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.startswith("gridmap ")] + inline


@pytest.fixture(autouse=True)
def in_a_folder_of_certificates(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("cert.pem", "key.pem"):
        Path(name).touch()


def test_the_unit_starts_what_there_is():
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(DOCS / "operations" / "gridmap.service", "utf-8")
    program, *words = shlex.split(unit["Service"]["ExecStart"])
    assert program.endswith("/bin/gridmap")
    options = parsed(words)
    assert options["behind_proxy"]
    state = Path("/var/lib") / unit["Service"]["StateDirectory"]
    assert str(state) in " ".join(words), "the folder it may write to is where the workspace is"
    assert int(unit["Service"]["TimeoutStopSec"]) > 8
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_the_services_hang_together():
    made = yaml.safe_load((DOCS / "operations" / "compose.yaml").read_text("utf-8"))
    services = made["services"]
    program, *words = services["gridmap"]["command"]
    assert program == "gridmap"
    options = parsed(words)
    assert options["behind_proxy"]
    assert f"127.0.0.1:{options['port']}" in services["proxy"]["command"]
    assert services["proxy"]["network_mode"] == "service:gridmap", "the proxy is on the server's own loopback"
    assert "@database/" in " ".join(words)
    named = {volume.split(":")[0] for one in services.values() for volume in one.get("volumes", ())}
    assert named == set(made["volumes"])
    for one in services.values():
        assert set(one.get("depends_on", ())) <= set(services)
    assert not [word for word in words if re.search(r"//[^@/]*:", word)], "a password is no word of a command"


@pytest.mark.parametrize("line", commands_of_the_guide())
def test_the_guide_s_commands_exist(line):
    parsed(shlex.split(line)[1:])


def test_the_guide_s_measures_exist():
    text = (DOCS / "operations.md").read_text("utf-8")
    named = set(re.findall(r"`(gridmap_[a-z_]+)`", text))
    there = {sample.name for family in Metrics().registry.collect() for sample in family.samples}
    there |= {family.name for family in Metrics().registry.collect()}
    assert {name.removesuffix("_total") for name in named} <= there
    assert len(named) == 3
