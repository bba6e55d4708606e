# One word for everything. Needs git, make and Python 3.11 to 3.13; installs the rest into .venv and .local.
# Works from any folder: make -C "path of the clone" run
ROOT := $(shell dirname "$(strip $(MAKEFILE_LIST))")
PY := .venv/bin/python
IN := cd "$(ROOT)" && . deploy/local/env.sh

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test lint format messages bench clean

help: ## list these words
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' "$(ROOT)/Makefile" | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: ## make .venv and install what the portal needs (TORCH=cpu: the small PyTorch)
	@$(IN) && deploy/local/setup.sh requirements.txt && deploy/local/system_libraries.sh

setup-dev:
	@$(IN) && deploy/local/setup.sh requirements-dev.txt && deploy/local/system_libraries.sh
	@$(IN) && deploy/local/stand_ins.sh && deploy/local/inference_server.sh

run: setup ## start the whole portal (PORT=8123: on that port; DEMO=no: without the demo programme)
	@$(IN) && exec $(PY) -m cgm_portal.run

JOBS ?= 2
test: lint ## check everything: style, types, migrations, tests (JOBS=1: in one process)
	@cd "$(ROOT)" && CHROMIUM_PATH="$$(deploy/local/chromium.sh)" && export CHROMIUM_PATH && \
		. deploy/local/env.sh && exec $(PY) -m pytest -n $(JOBS) --dist loadfile $(ARGS)

# No cache: a module that has come or gone since changes what belongs to us in an import block.
lint: setup-dev ## check style, types and that no migration is missing
	@$(IN) && $(PY) -m ruff check --no-cache . && $(PY) -m ruff format --no-cache --check . && $(PY) -m mypy
	@$(IN) && export DJANGO_SETTINGS_MODULE=cgm_portal.settings.test CGM_LOCAL_DIR=.local/lint && \
		$(PY) -W ignore manage.py makemigrations --check --dry-run

format: setup-dev ## put the code into the house's format
	@$(IN) && $(PY) -m ruff check --fix . && $(PY) -m ruff format .

messages: setup-dev ## bring the catalogue of texts up to date and compile it
	@$(IN) && $(PY) -m cgm_portal.catalogue extract && $(PY) -m cgm_portal.catalogue compile

bench: setup-dev ## measure, each number beside a named yardstick
	@$(IN) && exec $(PY) -m benchmarks $(ARGS)

clean: ## remove what can be made again; the data in .local stays
	@cd "$(ROOT)" && rm -rf .venv staticfiles artefacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@cd "$(ROOT)" && find . -name __pycache__ -not -path './.local/*' -prune -exec rm -rf {} +
