# Everything a newcomer runs. `make help` explains each.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DBT_PROFILES_DIR ?= $(CURDIR)
export DO_NOT_TRACK := 1

.PHONY: help setup demo check test test-faults test-fuzz test-hostile test-recompute test-trino lint format lock clean
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

# And the folder of the warehouse, which DuckDB does not make by itself.
profiles.yml: profiles.yml.example
	@test -f $@ || cp $< $@
	@mkdir -p data
	@touch $@

DEMO := data/demo

demo: setup ## Simulate 30 days of mail, build the marts on DuckDB, draw the page. Under 3 minutes.
	@rm -rf $(DEMO) && mkdir -p $(DEMO) && date +%s > $(DEMO)/started
	@echo "1/4  Simulating 30 days of mail for three tenants ..."
	@email-events simulate --days 30 --tenants 3 --messages-per-day 1900 --seed 1 --landing $(DEMO)/landing --last-day $(DEMO)/last_day.ndjson.gz
	@echo "2/4  Landing the last day, as you would land your own events ..."
	@email-events land $(DEMO)/last_day.ndjson.gz --to $(DEMO)/landing
	@echo "3/4  dbt build on DuckDB: models, seeds and tests ..."
	@$(call dbt_progress,dbt build --target demo)
	@echo "4/4  Drawing the page ..."
	@python -m dashboards --target demo
	@echo "Done in $$(( $$(date +%s) - $$(cat $(DEMO)/started) )) seconds."
	@echo
	@echo "Look at  dashboards/out/index.html  in a browser, or ask the marts:"
	@echo "  .venv/bin/dbt show --target demo --inline \"select sent_day, sum(sends) as sends, sum(hard_bounces) as hard_bounces from {{ ref('fct_sending_daily') }} group by 1 order by 1 desc\""
	@echo "Then your own events:"
	@echo "  .venv/bin/email-events land <file, folder or glob> --to data/landing"
	@echo "  .venv/bin/dbt build"
	@echo "  .venv/bin/python -m dashboards"

# One line that counts on a terminal, the closing line elsewhere; everything when it fails.
define dbt_progress
log=$$(mktemp); \
if [ -t 1 ]; then $(1) --no-use-colors | tee $$log | awk '{ if (match($$0, /[0-9]+ of [0-9]+/)) { printf "\r     %s   ", substr($$0, RSTART, RLENGTH); fflush() } } END { printf "\r                    \r" }'; \
else $(1) --no-use-colors > $$log; fi; \
status=$${PIPESTATUS[0]}; \
if [ $$status -ne 0 ]; then grep -vE ' (START|PASS|OK) ' $$log; exit $$status; fi; \
grep -E 'Done\. PASS' $$log | sed -E 's/.*Done\./     dbt:/'
endef

check: .venv/.installed-dev profiles.yml ## Less than a minute: ruff, mypy, yamllint, the quick tests of ingestion, the unit tests of changed models.
	@ruff format --check --quiet . && ruff check --quiet .
	@mypy
	@yamllint --strict .
	@$(BIN)/python -m pytest -n 2 -q -m "not slow" tests/python tests/test_repository.py tests/test_dependency_audit.py
	@changed=$$(git diff --name-only $$(git merge-base HEAD origin/HEAD 2>/dev/null || echo HEAD) -- models | sed -nE 's,.*/([a-z_0-9]+)\.(sql|yml)$$,\1,p' | sed 's/_unit_tests$$//' | sort -u); \
	if [ -n "$$changed" ]; then \
		rm -f target/check.duckdb; \
		EMAIL_EVENTS_DUCKDB=target/check.duckdb EMAIL_EVENTS_LANDING=target/no_landing $(BIN)/dbt --quiet build --target duckdb --target-path target/check --vars '{unit_tests: true}' \
			--exclude-resource-type test --select $$(for model in $$changed; do echo "+$$model,resource_type:model +$$model,resource_type:seed $$model,test_type:unit"; done); \
	fi

test: .venv/.installed-dev profiles.yml ## Run every test that needs Python and make alone.
	@$(BIN)/python -m pytest -n 3

test-faults: .venv/.installed-dev profiles.yml ## Kill commands and fail their storage at every moment. Takes long.
	@EMAIL_EVENTS_FAULTS=all $(BIN)/python -m pytest -n 2 tests/faults

test-fuzz: .venv/.installed-dev profiles.yml ## Land a million mutated records, and a million that libFuzzer leads to new code. Takes long.
	@EMAIL_EVENTS_FUZZ=1000000 $(BIN)/python -m pytest -n 0 tests/fuzz

test-recompute: .venv/.installed-dev profiles.yml ## Recompute the marts of a million adversarial events in Python, and build them in increments. Takes long.
	@EMAIL_EVENTS_RECOMPUTE=1000000 $(BIN)/python -m pytest -n 2 tests/recompute

test-hostile: .venv/.installed-dev profiles.yml ## Run the tests of hostile input, damaged objects, odd names and wrong clocks; make test has them too.
	@$(BIN)/python -m pytest -n 2 -m hostile

test-trino: .venv/.installed-dev profiles.yml ## Run the tests of the Athena target on a real Trino; needs a JDK 24 or newer and Maven.
	@$(BIN)/python tests/engines/athena/trino_server.py
	@EMAIL_EVENTS_TRINO=1 $(BIN)/python -m pytest -n 2 tests/engines -k athena

lint: .venv/.installed-dev profiles.yml ## ruff, mypy, sqlfluff and yamllint.
	@ruff format --check --quiet . && ruff check --quiet .
	@mypy
	@yamllint --strict .
	@EMAIL_EVENTS_DUCKDB=:memory: dbt --quiet compile --target-path target/lint --vars '{compile_incremental: true}' > /dev/null
	@sqlfluff lint --config .sqlfluff --processes 2 --disable-progress-bar target/lint/compiled/email_events/models

format: .venv/.installed-dev ## Let ruff put the Python in order.
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: ## Write the requirements locks anew from pyproject.toml (needs uv).
	uv pip compile pyproject.toml --extra build --extra dev --universal --no-strip-extras --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 -q -o requirements-dev.txt
	uv pip compile pyproject.toml --extra build -c requirements-dev.txt --universal --no-strip-extras --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 -q -o requirements.txt

clean: ## Remove what the demo and the tests made; keeps data/landing and .venv.
	@rm -rf data/demo data/fuzz target logs dashboards/out .pytest_cache
