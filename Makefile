# Two commands are enough: `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
# The system's own Python first: distributions build it with profile-guided optimisation, and decisions come sooner.
PYTHON ?= $(shell for found in /usr/bin/python3 python3; do $$found -c \
	'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$found && break; done)
VENV := .venv
BIN := $(VENV)/bin

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.run: requirements/run.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer, or its venv, is missing: apt-get install python3 python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

.ns:  # the import package for type checkers: one link per room
	@mkdir -p .ns/innervate
	@for room in app benchmarks calibration controller core drivers firmware_bridge models sim __init__.py py.typed; do \
		ln -sfn ../../$$room .ns/innervate/$$room; done

.PHONY: help .ns install demo test test-all check hazards sbom mutants bench peers screens lock clean

install: $(VENV)/.run  ## prepare .venv with the innervate command

demo: install  ## the whole product with nothing attached
	$(BIN)/innervate demo

# Two workers, whole files each; how: tests/sharing.py. The order stays, so that tests that wait start first.
WORKERS ?= 2
PYTEST = $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder

test: $(VENV)/.dev  ## the tests (under 5 minutes on 2 cores)
	$(PYTEST)

test-all: $(VENV)/.dev  ## the tests and the long proofs, nightly
	$(PYTEST) -m "" --hypothesis-profile=nightly

check: $(VENV)/.dev .ns  ## lint, strict types, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .ns/innervate
	$(BIN)/lint-imports

hazards: $(VENV)/.dev  ## every hazard's control: its tests are there and pass
	$(BIN)/python docs/prove_hazards.py

sbom: $(VENV)/.dev  ## build/sbom.json: what a limb's computer installs (CycloneDX)
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements/run.lock --pyproject pyproject.toml --output-reproducible --sv 1.6 -o build/sbom.json

bench: $(VENV)/.dev .venv-peers/.done  ## the benchmarks, each beside something else
	$(BIN)/innervate bench

screens: $(VENV)/.dev  ## pictures of the page, from a real demo in Chromium
	$(BIN)/python docs/screens.py

peers: .venv-peers/.done  ## LibEMG in an environment of its own, for the benchmarks

.venv-peers/.done: requirements/peers.lock
	test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv-mutants/.done: requirements/mutants.lock
	test -x .venv-mutants/bin/python || $(PYTHON) -m venv .venv-mutants
	.venv-mutants/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

mutants: $(VENV)/.dev .venv-mutants/.done  ## nightly: which changes of guard, governor and codecs no test notices
	$(BIN)/python docs/mutants.py $(MODULES)

lock: $(VENV)/.dev  ## write the hashed locks again
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra web --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements/run.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements/dev.lock
	$(BIN)/uv pip compile requirements/peers.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements/peers.lock
	$(BIN)/uv pip compile requirements/mutants.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements/mutants.lock

clean:  ## remove what was made here
	rm -rf $(VENV) .venv-peers .venv-mutants .ns build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
