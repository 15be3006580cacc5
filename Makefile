# `make demo` shows the whole course at work; `make test` runs the tests. Both set themselves up.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check docs clean

demo: .venv/ready
	$(BIN)/convwork demo $(if $(ALL),--all)

test: .venv/ready
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

# What CI checks besides the tests.
check: .venv/ready
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/convwork build --check
	$(BIN)/convwork references --check
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
