# Each target sets up what it needs. Only Python 3.11+, pip and make are assumed.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help install semantic demo test test-semantic slow check e2e bench docs sbom audit lock clean

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' Makefile

# One stamp a lock file: nothing is installed twice, and a changed lock is installed again.
$(VENV)/run.stamp: requirements.txt requirements-build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("mlbug needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 ..." if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-build.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements-test.txt
	@echo "Installing the test tools ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch $@

$(VENV)/e2e.stamp: $(VENV)/test.stamp requirements-e2e.txt
	@echo "Installing the browser driver ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-e2e.txt
	@touch $@

install: $(VENV)/run.stamp ## what runs, into .venv

semantic: $(VENV)/run.stamp ## and the search by meaning, an extra of 150 MB
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-semantic.txt

demo: $(VENV)/run.stamp ## the whole assistant in a browser on this machine; no Slack account
	@$(BIN)/mlbug demo $(DEMO)

test: $(VENV)/test.stamp ## every test that needs no browser; real PostgreSQL included
	@$(BIN)/python -m pytest --ignore=tests/e2e -m "not slow" $(PYTEST)

# An environment that sees the other one and adds the extra, so that `make test` goes on without it.
$(VENV)/semantic.stamp: $(VENV)/test.stamp requirements-semantic.txt
	@echo "Installing the search by meaning into $(VENV)/semantic ..."
	@$(BIN)/python -m venv $(VENV)/semantic
	@$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
	    > "$$($(VENV)/semantic/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/beside.pth"
	@$(VENV)/semantic/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-semantic.txt
	@touch $@

test-semantic: $(VENV)/semantic.stamp ## the tests of the search by meaning, with its real model
	@$(VENV)/semantic/bin/python -m pytest tests/contract/test_meaning.py tests/contract/test_search_by_meaning.py \
	    tests/unit/test_late_meaning.py tests/security/test_no_trace.py tests/architecture/test_supply.py $(PYTEST)

slow: $(VENV)/test.stamp ## the tests that take minutes: a whole year of digests with processes killed
	@$(BIN)/python -m pytest --ignore=tests/e2e -m slow $(PYTEST)

check: $(VENV)/test.stamp $(VENV)/supply.stamp sbom ## lint, types, architecture, licences, the image's file, known vulnerabilities
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/architecture
	@$(VENV)/supply/bin/hadolint Dockerfile
	@$(AUDIT) || test $$? -eq 3

e2e: $(VENV)/e2e.stamp ## the tests in a real browser (CHROMIUM=/path where it is not found)
	@$(BIN)/python -m pytest -m e2e tests/e2e $(PYTEST)

# Sphinx and the supply chain's tools live in environments of their own: nothing of theirs is near what runs.
$(VENV)/docs.stamp: requirements-docs.txt
	@mkdir -p $(VENV) && $(PYTHON) -m venv $(VENV)/docs
	@$(VENV)/docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.txt
	@touch $@

docs: $(VENV)/docs.stamp ## the documentation as pages, in build/docs
	@$(VENV)/docs/bin/sphinx-build -q -n -W --keep-going docs build/docs
	@echo "build/docs/index.html"

$(VENV)/supply.stamp: requirements-supply.txt
	@mkdir -p $(VENV) && $(PYTHON) -m venv $(VENV)/supply
	@$(VENV)/supply/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-supply.txt
	@touch $@

sbom: $(VENV)/run.stamp $(VENV)/supply.stamp ## what is delivered, as CycloneDX, in build/sbom.json
	@mkdir -p build
	@PYTHONWARNINGS=ignore $(VENV)/supply/bin/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --output-reproducible --output-file build/sbom.json
	@echo "build/sbom.json"

# Where nobody can be asked it says so and leaves with 3, which `make check` lets pass.
AUDIT = $(BIN)/python -m tests.audit $(VENV)/supply/bin/pip-audit requirements.txt

audit: $(VENV)/test.stamp $(VENV)/supply.stamp ## known vulnerabilities of what is locked
	@$(AUDIT)

bench: $(VENV)/test.stamp ## the benchmarks, one table
	@$(BIN)/python -m tests.bench

lock: ## renew the hashed requirement locks
	@test -x $(VENV)/lock/bin/uv || { $(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/python -m pip install --quiet uv; }
	@$(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --upgrade pyproject.toml --output-file requirements.txt
	@$(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --constraints requirements.txt --extra test pyproject.toml --output-file requirements-test.txt
	@$(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --constraints requirements-test.txt --extra test --extra e2e pyproject.toml --output-file requirements-e2e.txt
	@$(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --constraints requirements.txt --extra semantic pyproject.toml --output-file requirements-semantic.txt
	@for group in build docs supply; do \
	    $(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
	        --no-emit-index-url --no-emit-find-links --upgrade --group $$group --output-file requirements-$$group.txt; done

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
