# The commands that people and CI share. `make demo` shows Attune, `make test` proves it.
PYTHON ?= python3
VENV := .venv
QUICK := tests/alliance tests/storage tests/schedules tests/handlers tests/bot tests/repository
RUN := $(VENV)/bin/python

.PHONY: demo setup test quick check lint types layers unit audit hostile bots lock

demo: $(VENV)/.made-requirements
	$(RUN) -m bot demo $(DEMO)

setup: $(VENV)/.made-requirements-dev

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
	$(RUN) -m pytest -n 6 --dist worksteal

# Before each commit: everything but what needs a server, a browser or a process of its own.
quick: check
	TEST_DATABASE=sqlite $(RUN) -m pytest -n 2 --dist worksteal -m "not slow and not postgresql_only" $(QUICK)

# Check locked dependencies for known vulnerabilities; fail on any and report packages that could
# not be checked.
audit: $(VENV)/.made-requirements-dev
	$(RUN) -m tests.repository.dependency_audit

# Half an hour of hostile input, different each time; `make test` does a minute of it.
hostile: $(VENV)/.made-requirements-dev
	ATTUNE_HOSTILE_TIMES=20 $(RUN) -m pytest tests/hostile
	for name in taps commands csv ics replay ratings toml updates; do $(RUN) -m tests.fuzz $$name --seconds 240 || exit 1; done

# pip installs into the environment from outside: neither ensurepip nor a write to the system's
# Python is needed, so an externally managed one is fine.
$(VENV)/bin/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.made-%: %.lock pyproject.toml | $(VENV)/bin/python
	$(PYTHON) -m pip --python $(RUN) install --quiet --disable-pip-version-check --require-hashes -r $<
	$(PYTHON) -m pip --python $(RUN) install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# aiogram needs another version of pydantic, so a benchmark gives it an environment of its own.
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
