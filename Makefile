# The commands people and CI share. `make demo` shows Attune, `make test` proves it.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: demo test check lint types layers unit audit hostile bots lock

demo: $(VENV)/.made-requirements
	$(RUN) -m bot demo $(DEMO)

test: check unit

check: lint types layers

lint: $(VENV)/.made-requirements-dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: $(VENV)/.made-requirements-dev
	$(RUN) -m mypy

layers: $(VENV)/.made-requirements-dev
	$(VENV)/bin/lint-imports

unit: $(VENV)/.made-requirements-dev
	$(RUN) -m pytest -n 6 --dist worksteal --reruns 1 -rR

# Known weaknesses of what is locked; fails on one, and says how many nobody could be asked about.
audit: $(VENV)/.made-requirements-dev
	$(RUN) -m tests.house.audit

# Half an hour of throwing things at the bot, other ones each time; `make test` does a minute of it.
hostile: $(VENV)/.made-requirements-dev
	ATTUNE_HOSTILE_TIMES=20 $(RUN) -m pytest tests/hostile
	for name in taps commands csv ics toml updates; do $(RUN) -m tests.fuzz $$name --seconds 240 || exit 1; done

# pip writes into the environment from outside: no ensurepip and no write to the
# system's Python is needed, so an externally managed one is fine.
$(VENV)/bin/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.made-%: %.lock pyproject.toml | $(VENV)/bin/python
	$(PYTHON) -m pip --python $(RUN) install --quiet --disable-pip-version-check --require-hashes -r $<
	$(PYTHON) -m pip --python $(RUN) install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# aiogram wants another pydantic than we do, so a benchmark gives it an environment of its own.
bots: .venv-aiogram/.made

.venv-aiogram/.made: benchmarks/aiogram.lock
	$(PYTHON) -m venv --without-pip .venv-aiogram
	$(PYTHON) -m pip --python .venv-aiogram/bin/python install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

# Pins with hashes and no addresses, for every Python we support.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml requirements-build.in -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -c requirements.lock pyproject.toml --group dev requirements-build.in -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header benchmarks/aiogram.in -o benchmarks/aiogram.lock
