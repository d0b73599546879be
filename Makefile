# Two commands: `make demo` to use the product, `make test` to trust it. All set-up is inside them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
UV := .venv-tools/bin/uv
PATIENTLY := sh scripts/patiently.sh
# npm's own pauses between its tries are a minute long; ours are shorter.
NPM_OPTIONS := --ignore-scripts --loglevel=error --fetch-retries=2 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000
# uv brings certificates of its own; a company's proxy is known only to the machine's.
CERTIFICATES := $(wildcard /etc/ssl/certs/ca-certificates.crt)
ifneq ($(CERTIFICATES),)
export UV_SYSTEM_CERTS := 1
endif
STAMPS := build/stamps
LOCKING := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet
SOURCES := src tests scripts bench

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: install
install: $(STAMPS)/python $(STAMPS)/frontend $(STAMPS)/messages ## set everything up (the other targets do it too)

$(STAMPS)/tools: requirements-tools.lock
	@sh scripts/require.sh python "$(PYTHON)"
	@sh scripts/require.sh node
	@mkdir -p $(STAMPS)
	@$(PYTHON) -m venv .venv-tools
	@$(PATIENTLY) "fetching uv" .venv-tools/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(STAMPS)/python: $(STAMPS)/tools requirements-dev.lock pyproject.toml
	@echo "Setting up Python"
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip .venv
	@$(PATIENTLY) "fetching the Python packages" $(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements-dev.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

# Only tests start it, as a process: see requirements-wire.in.
$(STAMPS)/wire: $(STAMPS)/tools requirements-wire.lock
	@echo "Setting up the second wire for tests"
	@test -x .venv-wire/bin/python || $(PYTHON) -m venv --without-pip .venv-wire
	@$(UV) pip sync --quiet --require-hashes --python .venv-wire/bin/python requirements-wire.lock
	@touch $@

FRONTEND_SOURCES := $(shell find frontend src/perenne/web/assets -type f -not -path '*/node_modules/*' 2>/dev/null)
$(STAMPS)/frontend: $(STAMPS)/python $(FRONTEND_SOURCES)
	@sh scripts/require.sh node
	@echo "Bundling the front end"
	@cd frontend && sh ../scripts/patiently.sh "fetching the front end's packages" npm ci $(NPM_OPTIONS)
	@cd frontend && npm run --silent build
	@touch $@

MESSAGES := $(shell find src/perenne/web/locale -name '*.po' 2>/dev/null)
$(STAMPS)/messages: $(STAMPS)/python $(MESSAGES)
	@$(BIN)/python scripts/messages.py compile
	@touch $@

.PHONY: demo
demo: install ## start the demo vendor in the foreground
	@exec $(BIN)/perenne demo

.PHONY: test
test: browser check $(STAMPS)/wire ## everything: static checks, then all tests
	@$(MAKE) --no-print-directory faults SHORT=1
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: faults
faults: install ## kill workers at every point, judge the world, plant bugs; SHORT=1 for 3 minutes
	@$(BIN)/python -m tests.faults $(if $(SHORT),--seconds 150,--must-kill-everywhere)

.PHONY: browser
browser:
	@sh scripts/require.sh browser

.PHONY: fast
fast: install ## rules and other tests that need no database
	@$(BIN)/python -m pytest -q tests/rules tests/architecture

.PHONY: scenarios
scenarios: install ## the customer's questions through the real stack
	@$(BIN)/python -m pytest -n 2 tests/scenarios

.PHONY: check
check: format lint types layers ## format, lint, types, layers

.PHONY: format
format: install
	@$(BIN)/ruff format --check --quiet $(SOURCES)

.PHONY: lint
lint: install
	@$(BIN)/ruff check --quiet $(SOURCES)

.PHONY: types
types: install
	@$(BIN)/mypy --no-error-summary

.PHONY: layers
layers: install
	@$(BIN)/lint-imports --no-logo > build/layers.txt || { cat build/layers.txt; exit 1; }

.PHONY: bench
bench: install ## measure: all figures, or NAME=renewals; SMALL=1 for smaller books
	@$(BIN)/python -m bench $(if $(SMALL),--small) $(NAME)

.PHONY: screenshots
screenshots: install ## pictures of the demo's pages, in build/screenshots and docs/images
	@$(BIN)/python scripts/screenshots.py

.PHONY: lock
lock: $(STAMPS)/tools ## resolve requirements again
	@$(UV) pip compile $(LOCKING) requirements-tools.in -o requirements-tools.lock
	@$(UV) pip compile $(LOCKING) requirements.in -o requirements.lock
	@$(UV) pip compile $(LOCKING) requirements-dev.in -o requirements-dev.lock
	@$(UV) pip compile $(LOCKING) requirements-wire.in -o requirements-wire.lock

.PHONY: clean
clean: ## remove what was set up and built here; the demo's data stay
	@rm -rf .venv .venv-tools .venv-wire build frontend/node_modules src/perenne/web/static/dist src/perenne/billing/documents/fonts
