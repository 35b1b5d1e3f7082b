# Avow. `make run` starts everything and walks the first journey; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SLITHER := .venv-slither
PEERS := .venv-peers
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Every distribution is pinned by hash; the lock is complete, so nothing is resolved here.
INSTALL := $(PIP) install --quiet --require-hashes --no-deps --prefer-binary
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run journey test covered mutate check bench peers slither lock format clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## start the service, walk the journey against it, stay up until Ctrl-C
	@$(BIN)/avow run

journey: $(VENV)/run.stamp ## walk the journey against a service of its own, then stop it
	@$(BIN)/avow journey

test: $(VENV)/dev.stamp ## run all tests, with branch coverage
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --max-worker-restart 0 --cov --cov-report=term $(ARGS)

covered: $(VENV)/dev.stamp ## after `make test`: every branch of the verifying code must have run
	@$(BIN)/python -m tests.mutation.covered

mutate: $(VENV)/dev.stamp ## change the checks, each in turn: a test must notice (half an hour)
	@$(BIN)/python -m pytest -q -n $(WORKERS) tests/rejects $(ARGS)
	@$(BIN)/python -m tests.mutation --workers $(WORKERS)

check: $(VENV)/dev.stamp ## format, lint, types, arrows between the rooms
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/dev.stamp ## rewrite the sources in the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/dev.stamp ## print the figures of docs/performance.md as ratios
	@for script in $(filter-out benchmarks/harness.py,$(wildcard benchmarks/*.py)); do $(BIN)/python $$script || status=1; done; exit $${status:-0}

peers: $(PEERS)/stamp ## install what benchmarks/zk_peers.py measures beside ours (npm and PyPI)
	@npm ci --prefix benchmarks/peers --ignore-scripts --no-audit --no-fund --silent

slither: $(SLITHER)/stamp ## analyse the contract: each finding is explained, or this fails
	@npm ci --prefix did/chain/contract --ignore-scripts --no-audit --no-fund --silent
	@SLITHER="$(CURDIR)/$(SLITHER)/bin/slither" node did/chain/contract/slither.mjs

lock: ## resolve pyproject.toml into requirements/ again (needs uv)
	@requirements/lock.sh

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Avow needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) -V 2>&1`. Try: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Creating the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# The two stamps share one environment: dev holds run and more, at the same versions.
$(VENV)/run.stamp: $(VENV)/python.stamp requirements/run.txt pyproject.toml
	@echo "Installing what the service needs (about a minute, once) ..."
	@$(INSTALL) -r requirements/run.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/python.stamp requirements/dev.txt pyproject.toml
	@echo "Installing what the service and its tests need (about a minute, once) ..."
	@$(INSTALL) -r requirements/dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/run.stamp

# The analyser has dependencies of its own, and none of them belongs among ours.
$(SLITHER)/stamp: requirements/slither.txt
	@echo "Installing the analyser in $(SLITHER) (half a minute, once) ..."
	@$(PYTHON) -m venv $(SLITHER)
	@$(SLITHER)/bin/python -m pip --disable-pip-version-check --no-input install --quiet \
		--require-hashes --no-deps --prefer-binary -r requirements/slither.txt
	@touch $@

# Nor do the peers of a benchmark.
$(PEERS)/stamp: requirements/peers.txt
	@echo "Installing what others have made in $(PEERS) ..."
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip --disable-pip-version-check --no-input install --quiet \
		--require-hashes --no-deps --prefer-binary -r requirements/peers.txt
	@touch $@

clean: ## remove the environments and what tools left behind
	@rm -rf $(VENV) $(SLITHER) $(PEERS) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
