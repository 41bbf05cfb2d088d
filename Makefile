# Everything one does with a checkout of Gallery. On Debian 12 it needs: git make python3 python3-venv.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP_INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check --no-input --require-hashes
PIP_COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options
PYTEST = $(BIN)/python -m pytest
MANAGE_FOR_TESTS = DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py

.PHONY: help run test test-browser faults bench scale lint format lock upgrade check-deploy clean
.DELETE_ON_ERROR:

help:
	@echo "make run            serve Gallery at http://localhost:8000/ (PORT=… for another) until Ctrl-C"
	@echo "make test           all tests but the long ones (ARGS='-k upload' for some of them)"
	@echo "make faults         the long tests of faults, which make test runs in short"
	@echo "make lint           style, types, floors, templates, missing migrations"
	@echo "make format         put the style right"
	@echo "make bench          measure renditions and uploads; make bench-batch or bench-serving the rest (PHOTOS=folder)"
	@echo "make scale          lists of a million images against the obvious queries (IMAGES=50000 for fewer)"
	@echo "make check-deploy   Django's own check of a production set-up"
	@echo "make lock           requirements*.txt from requirements*.in; make upgrade takes the newest of all"
	@echo "make clean          remove what can be made again; the data stays"

# --- Running ----------------------------------------------------------------------------------------------------

run: $(VENV)/.can-run
	@$(BIN)/python manage.py serve --end-with-parent

# --- Testing ----------------------------------------------------------------------------------------------------

test: $(VENV)/.can-test
	$(PYTEST) -n auto --dist loadgroup -m "not slow" $(ARGS)

faults: $(VENV)/.can-test
	$(PYTEST) -m "slow or fault" $(ARGS)

bench: bench-renditions bench-uploads

bench-renditions: bench-rederiving

bench-%: $(VENV)/.can-test
	$(BIN)/python benchmarks/$*.py $(PHOTOS)

scale: $(VENV)/.can-test
	$(BIN)/python benchmarks/scale.py $(IMAGES)

lint: $(VENV)/.can-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates
	$(MANAGE_FOR_TESTS) makemigrations --check --dry-run

format: $(VENV)/.can-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check-deploy: $(VENV)/.can-run
	SITE_URL=https://gallery.example $(BIN)/python manage.py check --deploy --fail-level WARNING

# --- What it stands on: a stamp in the virtual environment says which lock was installed -----------------------------

$(BIN)/pip:
	$(PYTHON) -m venv --clear $(VENV)

$(VENV)/.can-run: requirements.txt | $(BIN)/pip
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.can-test: requirements-dev.txt | $(BIN)/pip
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@ $(VENV)/.can-run

lock: | $(VENV)/.can-test
	$(PIP_COMPILE) $(UPGRADE) requirements.in
	$(PIP_COMPILE) $(UPGRADE) requirements-dev.in

upgrade:
	$(MAKE) lock UPGRADE=--upgrade

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
