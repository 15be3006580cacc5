# `make demo` shows the whole course at work; `make test` runs the tests. All set themselves up.

PYTHON ?= python3
BIN := .venv/bin
# The plugin tests/proofs.py puts long groups of tests in front, and xdist is to leave them there.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadgroup --no-loadscope-reorder
RECORD := --record

.PHONY: setup demo test verify check docs clean

setup: .venv/ready

# Three notebooks; with ALL=1 all of them.
demo: .venv/ready
	$(BIN)/convwork demo $(if $(ALL),--all)

test: .venv/ready
	$(PYTEST) --durations=20

# The second tier of the tests, but for what is proved; tests/README.md says more.
# `make verify FRESH=1` proves all of it anew, `make verify RECORD=` keeps no proof.
verify: .venv/ready
	$(PYTEST) --durations=20 --tier verify $(RECORD) $(if $(FRESH),--fresh)

# What CI checks besides the tests.
check: .venv/ready
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/convwork build --check
	$(BIN)/convwork datasets check

# The documentation, into site/.
docs: .venv/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "convwork needs Python 3.11 or later; name one: make PYTHON=python3.12 demo"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv demo
