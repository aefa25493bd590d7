# Everything from a bare clone. Needs: Python 3.11 or later with venv, make and git; its long tests also Node 18 and npm.

.DEFAULT_GOAL := test
.DELETE_ON_ERROR:
.PHONY: help up test test-fast test-faults-short check bench test-faults mutation clean

BIN := .venv/bin
READY := .venv/.ready
COMPILED := .venv/.compiled
NODE := .venv/node/.ready

# Tests wait for the disk most of the time; none of them cuts the power. Where memory has room for 4 GB, they work there.
IN_MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 { print "TMPDIR=/dev/shm" }')

# Another environment must not steer this one, nor make every process compile all modules, nor uv fetch an interpreter.
unexport VIRTUAL_ENV PYTHONHOME PYTHONDONTWRITEBYTECODE
export UV_PYTHON_DOWNLOADS := never

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(READY)  ## start everything, play the sample cases, stay until Ctrl-C
	@exec $(BIN)/stafett up

# They wait much of the time, so that each processor has room for two workers; a fifth gains nothing.
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
BESIDE := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 10

test: $(READY)  ## all checks and every test but the long ones
	@$(MAKE) --no-print-directory --jobs 2 check $(COMPILED)
	@$(IN_MEMORY) $(BIN)/pytest $(BESIDE)

# pytest rewrites the tests once, while one processor has the checks, and not in each worker. The run tells the errors.
$(COMPILED): $(READY)
	@PYTEST_ADDOPTS= $(BIN)/pytest --collect-only -qq >/dev/null 2>&1 || true
	@touch $@

test-fast: $(READY)  ## those that need no broker, for the loop of work: seconds
	@$(IN_MEMORY) $(BIN)/pytest --numprocesses auto --dist worksteal --durations 10 --hypothesis-profile fast tests/contracts tests/services tests/test_docs.py

test-faults-short: $(READY)  ## load, floods, outages, large stores, the whole sample bus at once, a sample of the faults: minutes
	@$(IN_MEMORY) $(BIN)/pytest -m long $(BESIDE)

check: $(READY)  ## style, types, the borders between packages, published schemas and vectors
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "not formatted: run $(BIN)/ruff format" >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@PYTHONPATH=tools $(BIN)/lint-imports --no-logo >.venv/imports.log 2>&1 || { cat .venv/imports.log >&2; exit 1; }
	@$(BIN)/python -m contracts.published.schema_files --check
	@$(BIN)/python -m contracts.published.mechanism_table --check
	@$(BIN)/python -m gateway.public_documents --check
	@$(BIN)/python tools/client_files.py --check
	@$(BIN)/python -m bus.vectors --check

bench: $(READY)  ## measure
	@$(BIN)/python -m benchmarks

test-faults: $(READY)  ## the long tests that break things on purpose
	@$(BIN)/pytest -m faults

mutation: $(READY)  ## change the contracts in two thousand small ways, one at a time: do the tests notice? Takes hours
	@$(BIN)/uv sync --quiet --frozen --all-extras --group mutation
	@rm -rf .mutation && mkdir .mutation && cp -r contracts tests docs pyproject.toml .mutation
	@cd .mutation && export PATH="$(CURDIR)/$(BIN):$$PATH" && cosmic-ray init ../tools/mutation.toml session.sqlite \
		&& cr-filter-operators session.sqlite ../tools/mutation.toml && cosmic-ray exec ../tools/mutation.toml session.sqlite \
		&& cr-report session.sqlite | tail -3 && cr-rate --fail-over 10 session.sqlite

# Node and npm come from the lock of Python's libraries, so that nothing else has to be installed.
$(NODE): $(READY) tools/node/package.json tools/node/package-lock.json tools/node/.npmrc
	@$(BIN)/uv sync --quiet --frozen --all-extras --group node --inexact
	@mkdir -p $(@D) && cp tools/node/package.json tools/node/package-lock.json tools/node/.npmrc $(@D)
	@cd $(@D) && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent
	@touch $@

clean:  ## all but your data in .stafett
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .mutation .coverage* htmlcov examples/*/node_modules examples/*/dist clients/*/node_modules clients/*/dist clients/*/src/schema.ts

$(READY): $(BIN)/python tools/uv.txt pyproject.toml uv.lock
	@echo "Setting up .venv (2 of 3): uv, which installs the rest"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r tools/uv.txt
	@echo "Setting up .venv (3 of 3): the libraries of uv.lock; the first time takes a minute or so"
	@$(BIN)/uv sync --quiet --frozen --all-extras
	@touch $@

$(BIN)/python:
	@echo "Setting up .venv (1 of 3): a Python environment"
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec $$python -m venv --clear .venv; \
		fi; \
	done; \
	echo "Stafett needs Python 3.11 or later with venv. Install it (Debian: apt install python3-venv)" >&2; \
	echo "or say where it is: make PYTHON=/path/to/python3" >&2; \
	exit 1
