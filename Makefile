# Two commands for a reader: `make demo` and `make test`. Each makes .venv by itself; neither needs the other.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt

.PHONY: demo test test-system lint format bench clean

$(VENV)/pyvenv.cfg:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "finops-lint needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

# Stamps, so that nothing is installed twice.
$(VENV)/.installed: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(PIP) --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) --editable '.[dev]'
	touch $@

$(VENV)/.installed-system: $(VENV)/.installed-dev
	$(PIP) --editable '.[system]'
	touch $@

demo: $(VENV)/.installed
	@sh sample_iac/demo.sh $(BIN)/finops-lint

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m 'not system' -n 2

test-system: $(VENV)/.installed-system
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -m system -rs

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
