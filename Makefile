# Everything that a developer or CI runs. Start with `make demo`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo lab test check lint types layers format controlplane conformance-long schemas snapshots picture benchmark clean

help:            ## List the commands
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: $(READY)  ## Make .venv with everything for notebooks and tests

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "gitopskit needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module does not work here (on Debian: apt install python3-venv)"; exit 1; }
	@echo "Installing into $(VENV) (a minute or two the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[notebook,test]'
	@touch $@

demo: setup      ## Watch the main job from end to end, in a sandbox
	@$(BIN)/gitopskit demo

lab: setup       ## Open JupyterLab on the notebooks, with a sandbox ready
	@$(BIN)/gitopskit lab

test: setup      ## Run the tests, on the real control plane too where there is one
	@$(BIN)/python -m pytest

check: lint types layers test  ## Everything that CI runs

lint: setup      ## Format, lint, spelling, clean notebooks
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/codespell
	@$(BIN)/nbstripout --verify --keep-id $$(git ls-files 'notebooks/*.ipynb')

format: setup    ## Mend what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/nbstripout --keep-id $$(git ls-files 'notebooks/*.ipynb')

types: setup     ## Check types
	@$(BIN)/mypy

layers: setup    ## Check that imports point one way
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/lint-imports

controlplane: setup  ## Find or build the real control plane (etcd, kube-apiserver, …), cached outside the checkout
	@$(BIN)/python -m gitopskit.sandbox.controlplane

conformance-long: setup  ## Compare 20,000 random sequences on both engines, from a new seed
	@GITOPSKIT_REQUIRE_CONTROLPLANE=1 GITOPSKIT_SEQUENCES=20000 GITOPSKIT_SEED=$${GITOPSKIT_SEED:-$$(date +%s)} $(BIN)/python -m pytest -s tests/conformance/test_random.py

schemas: setup   ## Generate the packaged schemas from a running kube-apiserver
	@$(BIN)/python -m gitopskit.sandbox.controlplane.schemas

snapshots: setup ## Accept what the views render now
	@$(BIN)/python -m pytest tests/views --snapshot-update

picture: setup   ## Draw the README's pictures
	@$(BIN)/python -m tools.picture

benchmark: setup ## Measure planning beside the floor and kubectl, on 1,000 and 10,000 objects
	@$(BIN)/python -m benchmarks.plan --objects 1000 10000

clean:           ## Remove .venv and what tools left behind
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis
