# Two commands matter: `make run` runs the whole site, `make test` tests it. Both set up what they need.

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --requirement

# Two tests at a time, on databases of their own; then those that kill and time, one after the other.
define run_tests
$(if $(TESTS),$(BIN)/python -m pytest $(1) $(TESTS),\
$(BIN)/python -m pytest $(1) --numprocesses 2 --dist loadfile --ignore tests/faults && \
$(BIN)/python -m pytest $(1) tests/faults)
endef

.PHONY: help run test check faults bench lock clean
.DEFAULT_GOAL := help

help:  ## Show what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

run: $(VENV)/installed  ## Run the whole site at http://127.0.0.1:8000 (HOST, PORT, DEMO_PASSWORD change that)
	@exec $(BIN)/python manage.py up $(UP)

test: $(VENV)/installed-dev  ## Run all tests, on stores of their own (TESTS="tests/courses -x" runs some)
	@$(call run_tests,)

check: $(VENV)/installed-dev  ## Style, types, settings, migrations, and the tests with warnings as errors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	SECRET_KEY=types $(BIN)/mypy
	$(BIN)/python manage.py check --fail-level WARNING
	@echo "$(BIN)/python manage.py check --deploy, with the settings of a public site"
	@SITE_URL=https://learn.example.org SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
		DEBUG=false $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(call run_tests,-W error)

bench: $(VENV)/installed-dev  ## Measure the hot pages on a large site (ARGUMENTS="--help" says what can be chosen)
	@exec $(BIN)/python -m bench $(ARGUMENTS)

faults: $(VENV)/installed-dev  ## Kill parts of a site under load 300 times, and look for what was lost (ARGUMENTS="--help")
	@exec $(BIN)/python -m tests.faults $(ARGUMENTS)

lock: $(VENV)/installed-dev  ## Pin what the two .in files ask for, with hashes
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 -o requirements.txt requirements.in
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 -o requirements-dev.txt requirements-dev.in

clean:  ## Remove what can be made again; the data in var/ stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis var/static var/static.digest
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

# Stamps: what is older than the file it is made from is made again, and what is up to date costs nothing.
$(VENV)/made:
	@python=; for candidate in $(PYTHON) python3.11 python3 python3.12 python3.13; do \
		$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && python=$$candidate && break; \
	done; \
	test -n "$$python" || \
		{ echo "LearnFlow needs Python 3.11 or newer; install it, or say where it is: make run PYTHON=/path/to/python3.11" >&2; exit 1; }; \
	$$python -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	echo "Making $(VENV)."; \
	$$python -m venv --clear $(VENV) && touch $@

$(VENV)/installed: requirements.txt | $(VENV)/made
	@echo "Installing the packages in requirements.txt."
	@$(INSTALL) requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt | $(VENV)/made
	@echo "Installing the packages in requirements-dev.txt."
	@$(INSTALL) requirements-dev.txt
	@touch $@ $(VENV)/installed
