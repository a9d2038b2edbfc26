# gridmap: the commands that always hold. Everything is set up by itself on a machine with Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: setup demo test prove bench docs lint lock clean

setup: $(VENV)/.ready

$(VENV)/.locked: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "gridmap needs Python 3.11 or newer: set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.ready: $(VENV)/.locked pyproject.toml hatch_build.py $(WEB_SOURCES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	$(BIN)/gridmap demo

# Lint, types, import contract, unused dependencies, front-end tests, then every Python test, on two processes.
test: lint
	sh tests/services.sh
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry gridmap
	$(BIN)/python hatch_build.py check

# The counts that the issues name: resumable, into benchmarks/proof.md.
prove: setup
	sh tests/services.sh
	$(BIN)/python -m benchmarks.prove

$(VENV)/.bench: requirements/bench.txt $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

# Ours against named peers on the same input in the same run, into benchmarks/results.md.
bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks.run

# The documents as a site in build/site, with the tutorials executed.
docs: setup
	$(BIN)/python docs/site/build.py --run

# Write the lock files anew from pyproject.toml (needs uv).
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group dev pyproject.toml -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -c requirements/dev.txt -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group dev --group bench pyproject.toml -c requirements/dev.txt -o requirements/bench.txt

clean:
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist web/node_modules gridmap/maps/static gridmap/notebook/static
