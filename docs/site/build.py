"""Make the site of the documents: gather the pages, turn the notebooks into tutorials, run Sphinx.

    python docs/site/build.py [--run] [--output build/site]

With `--run` the notebooks are executed first, so that the tutorials show their pictures; what was executed once is
kept in build/notebooks until the notebook changes. No page asks another host for anything.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import nbformat
from sphinx.cmd.build import build_main

ROOT = Path(__file__).resolve().parents[2]
DOCS, HERE = ROOT / "docs", ROOT / "docs" / "site"
EXECUTED = ROOT / "build" / "notebooks"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# Pages for those who run gridmap for others, as far as they are there.
SERVING = ("deployment", "operations", "security", "api")
WIDEST = 400_000  # an output larger than this is a map that carries its city; a page with several would be slow


def main() -> int:
    """Build the site; returns Sphinx's exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", action="store_true", help="execute notebooks that changed")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "site")
    asked = parser.parse_args()
    if asked.run:
        for path in NOTEBOOKS:
            execute(path)
    pages = asked.output.parent / f"{asked.output.name}-pages"
    gather(pages)
    shutil.rmtree(asked.output, ignore_errors=True)
    return int(build_main(["-q", "-W", "--keep-going", "-c", str(HERE), str(pages), str(asked.output)]))


def gather(pages: Path) -> None:
    """Put every page into a folder of its own, with links as they are there."""
    shutil.rmtree(pages, ignore_errors=True)
    (pages / "tutorials").mkdir(parents=True)
    for folder in (one for one in DOCS.iterdir() if one.is_dir() and one != HERE):
        shutil.copytree(folder, pages / folder.name)
    for page in [*DOCS.glob("*.md"), *HERE.glob("*.md")]:
        (pages / page.name).write_text(_links(page.read_text("utf-8")), "utf-8")
    for name, path in (
        ("contributing", "CONTRIBUTING.md"),
        ("changelog", "CHANGELOG.md"),
        ("benchmarks", "benchmarks/results.md"),
    ):
        (pages / f"{name}.md").write_text(_links((ROOT / path).read_text("utf-8")), "utf-8")
    names = [tutorial(path, pages / "tutorials") for path in NOTEBOOKS]
    told = {page.stem for page in pages.glob("*.md")}
    named = {
        "TUTORIALS": "\n".join(f"tutorials/{name}" for name in names),
        "SERVING": "\n".join(name for name in SERVING if name in told),
    }
    index = (pages / "index.md").read_text("utf-8")
    for word, lines in named.items():
        index = index.replace(f"\n{word}\n", f"\n{lines}\n")
    left = [name for name in sorted(told - {"index"}) if not re.search(rf"(?m)^{name}$", index)]
    index += "\n```{toctree}\n:caption: More\n:hidden:\n\n" + "\n".join(left) + "\n```\n" if left else ""
    (pages / "index.md").write_text(index, "utf-8")


def _links(text: str) -> str:
    """Point links at pages of the site; what is no page of it is named only."""
    text = re.sub(r"\]\((?:\.\./)?docs/([^)]*)\)", r"](\1)", text)
    text = re.sub(r"\]\((?:\.\./)?(?:benchmarks/)?results\.md\)", "](benchmarks.md)", text)
    text = re.sub(r"\]\((?:\.\./)?CHANGELOG\.md\)", "](changelog.md)", text)
    text = re.sub(r"\]\((?:\.\./)?notebooks/(\w+)\.ipynb\)", r"](tutorials/\1.md)", text)
    return re.sub(r"(?<!!)\[([^]]*)\]\((?:\.\./|boundaries/|gridmap/|benchmarks/)[^)]*\)", r"\1", text)


def kept(path: Path) -> Path:
    """Return where the executed copy of a notebook is kept."""
    return EXECUTED / f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}.ipynb"


def execute(path: Path) -> None:
    """Run a notebook from a clean kernel unless it was run as it is."""
    from nbclient import NotebookClient

    if kept(path).exists():
        return
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
    EXECUTED.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, kept(path))


def tutorial(path: Path, folder: Path) -> str:
    """Write a notebook as a page, with its outputs if it was run; returns the page's name."""
    source = kept(path) if kept(path).exists() else path
    parts: list[str] = []
    for number, cell in enumerate(nbformat.read(source, as_version=4).cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for place, output in enumerate(cell.get("outputs", [])):
            parts.append(_output(output, folder, f"{path.stem}-{number}-{place}"))
    parts.append(f"*{path.name}*")
    (folder / f"{path.stem}.md").write_text("\n\n".join(filter(None, parts)) + "\n", "utf-8")
    return path.stem


def _output(output: Any, folder: Path, name: str) -> str:
    data = output.get("data", {})
    if "image/png" in data:
        (folder / f"{name}.png").write_bytes(base64.b64decode(data["image/png"]))
        return f"![]({name}.png)"
    html = "".join(data.get("text/html", ""))
    if html and len(html) <= WIDEST:
        lines = "\n".join(line for line in html.splitlines() if line.strip())
        return f'```{{raw}} html\n<div class="nb-output">{lines}</div>\n```'
    if html:
        return "*（离线地图：在笔记本中打开即可操作 · an offline map, to be used in the notebook）*"
    text = "".join(data.get("text/plain", output.get("text", "")))
    return f"```text\n{text.rstrip()}\n```" if text.strip() else ""


if __name__ == "__main__":
    sys.exit(main())
