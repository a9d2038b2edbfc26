"""Help is instant because it imports nothing heavy; wrong words end in one clear line."""

import subprocess
import sys

import pytest

HEAVY = {"geopandas", "pandas", "numba", "shapely", "scipy", "matplotlib", "folium", "sqlalchemy", "fastapi"}


@pytest.mark.parametrize("words", [["--help"], ["redraw", "--help"], ["import", "--help"], ["plan", "list", "--help"]])
def test_help_imports_nothing_heavy(words):
    code = (
        "import sys; from gridmap.cli import main\nsys.argv = ['gridmap', *sys.argv[1:]]\n"
        "try: main()\nexcept SystemExit as end: print('code', end.code)\nprint('loaded', *sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert "code 0" in run.stdout
    loaded = set(run.stdout.split("loaded")[1].split())
    assert not HEAVY & loaded


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import"], "Missing argument"),
        (["nonsense"], "No such command"),
        (["balance"], "Missing argument"),
        (["redraw", "x.gpkg", "--min", "many"], "Invalid value"),
    ],
)
def test_wrong_words_are_refused_with_2(run, words, said):
    ran = run(*words)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize("command", ["check", "balance", "redraw"])
def test_a_workspace_that_is_not_there(run, command, tmp_path):
    ran = run(command, tmp_path / "none.gpkg")
    assert ran.code == 6
    assert "none.gpkg" in ran.err


def test_a_workspace_that_is_something_else(run, tmp_path):
    path = tmp_path / "text.gpkg"
    path.write_text("not a database", "utf-8")
    ran = run("balance", path)
    assert ran.code == 6
    assert "text.gpkg" in ran.err
    assert path.read_text("utf-8") == "not a database"


def test_version(run):
    ran = run("--version")
    assert ran.code == 0
    assert ran.out.startswith("gridmap 0.")
