# `make` alone prints the targets. Both `run` and `test` do all the set-up on a fresh machine.
PYTHON ?= python3
BIN := .venv/bin
RUN_ARGS ?= --simulate
CODE := protocol edge hub dashboards simulator commandline kuzet.py

.PHONY: help install run test test-hil check fmt fmt-check lint types audit sbom lock clean

help: ## print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

install: .venv/installed-run ## the environment `.venv` with the command `kuzet`, from the lock file

run: .venv/installed-run ## everything on one machine, with a simulated campus (RUN_ARGS="--port 8081" changes it)
	$(BIN)/kuzet run $(RUN_ARGS)

test: .venv/installed-dev ## all tests
	$(BIN)/python -m pytest $(TEST_ARGS)

test-hil: .venv/installed-dev ## the unmodified node on a kernel of its own, without a Pi (tests/hardware/README.md)
	$(BIN)/python -m tests.hardware

check: .venv/installed-dev fmt-check lint types test ## the whole gate: format, lint, types, tests

fmt: .venv/installed-dev ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fmt-check: .venv/installed-dev
	$(BIN)/ruff format --check .

lint: .venv/installed-dev
	$(BIN)/ruff check .

types: .venv/installed-dev
	$(BIN)/mypy

audit: .venv/installed-dev ## look for known weaknesses in the code, and in what it depends on where pip-audit reaches a service
	$(BIN)/bandit -q -ll -c pyproject.toml -r $(CODE)
	$(BIN)/python -m commandline.advisories

sbom: .venv/installed-dev ## what Kuzet is made of: dist/sbom.json (CycloneDX) and dist/licences.txt
	$(BIN)/python -m commandline.sbom dist

lock: ## renew the lock files (needs uv)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	    --extra edge --extra hub --extra web --extra postgres --extra build pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	    --all-extras -c requirements/run.txt pyproject.toml -o requirements/dev.txt

clean: ## remove the environment and the store of `make run`
	rm -rf .venv data

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed; set PYTHON=python3.11")'
	$(PYTHON) -m venv .venv

.venv/installed-run: requirements/run.txt pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/installed-dev: requirements/dev.txt pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@ .venv/installed-run
