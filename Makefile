# Everything a newcomer runs. `make help` explains each.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DBT_PROFILES_DIR ?= $(CURDIR)
export DO_NOT_TRACK := 1

.PHONY: help setup demo test lint format lock clean
.DEFAULT_GOAL := help

help: ## This list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

setup: .venv/.installed profiles.yml ## Install the pinned packages into .venv and write profiles.yml.

.venv/.installed: requirements.txt pyproject.toml
	@$(call install,requirements.txt)
	@touch $@

.venv/.installed-dev: requirements-dev.txt pyproject.toml
	@$(call install,requirements-dev.txt)
	@touch $@ .venv/.installed

# One lock, then this project itself; by uv where there is one, by plain pip where not.
define install
set -e; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "email_events needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'; \
test -x $(BIN)/python || $(PYTHON) -m venv .venv; \
echo "Installing the packages of $(1) into .venv ..."; \
if command -v uv >/dev/null; then pip="uv pip install --quiet --python $(BIN)/python"; \
else pip="$(BIN)/python -m pip install --quiet --disable-pip-version-check"; fi; \
$$pip --require-hashes -r $(1); \
$$pip --no-deps --no-build-isolation --editable .
endef

profiles.yml: profiles.yml.example
	@test -f $@ || cp $< $@
	@touch $@

demo: setup ## Simulate 30 days of mail, build the marts on DuckDB, draw the page. Under 3 minutes.
	@echo todo

test: .venv/.installed-dev profiles.yml ## Run every test that needs Python and make alone.
	@$(BIN)/python -m pytest -n 2

lint: .venv/.installed-dev profiles.yml ## ruff, mypy, sqlfluff and yamllint.
	@echo todo

format: .venv/.installed-dev ## Let ruff put the Python in order.
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: ## Write the requirements locks anew from pyproject.toml (needs uv).
	uv pip compile pyproject.toml --extra build --extra dev --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 -q -o requirements-dev.txt
	uv pip compile pyproject.toml --extra build -c requirements-dev.txt --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 -q -o requirements.txt

clean: ## Remove what the demo and the tests made; keeps data/landing and .venv.
	@rm -rf data/demo target logs dashboards/out .pytest_cache
