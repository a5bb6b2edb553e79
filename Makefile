# Needs Python 3.11 or newer, git and make. Everything else goes into .venv, from pyproject.toml.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check

.PHONY: help demo test lint format bench rules openapi schema pictures lock clean

help:
	@echo "make demo    try it out on one screen: sync a throwaway copy of two postmortems, with issues kept in files"
	@echo "make test    all tests, those against the GitHub emulator included"
	@echo "make lint    ruff, mypy, the order of imports, the workflows"
	@echo "make format  let ruff format the code"
	@echo "make bench   how reading scales"
	@echo "make rules   what each rule of reading is good for, over FOLDERS of labelled documents"
	@echo "make openapi renew what the tests keep of GitHub's description of its API"
	@echo "make schema  renew the JSON Schema of the configuration"
	@echo "make pictures draw the README's pictures anew"
	@echo "make lock    renew what the action installs"

demo: .venv/.installed
	@.github/scripts/demo

test: .venv/.installed-dev
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layout.py
	$(BIN)/zizmor --offline --quiet .github/workflows action.yml
	$(BIN)/python .github/scripts/actionlint.py .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --check-metaschema pmsync/schema.json
	$(BIN)/pre-commit validate-manifest .pre-commit-hooks.yaml

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.installed-dev
	$(BIN)/python -m tests.benchmark

rules: .venv/.installed-dev
	@$(BIN)/python -m tests.rule_report $(FOLDERS)

# What GitHub says of the paths that the tests' own GitHub serves: see tests/github/README.md.
openapi: .venv/.installed-dev
	$(BIN)/python -m tests.github.cut

schema: .venv/.installed
	$(BIN)/python -c 'import sys; from pmsync.schema import render_schema; sys.stdout.write(render_schema())' > pmsync/schema.json

# Of an issue, a comment, a plan and the status page, as they are now: needs the browser of the tests.
pictures: .venv/.installed-dev
	$(BIN)/python -m tests.pictures

# What the action installs: the exact version and digest of everything, for every Python and system.
lock: .venv/.installed-dev
	$(INSTALL) uv
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
		--custom-compile-command 'make lock' --output-file .github/action/requirements.txt pyproject.toml

clean:
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist htmlcov

# The stamps are newer than pyproject.toml as long as what it asks for is installed.
.venv/.installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "pmsync needs Python 3.11 or newer: none was found on the PATH" >&2; exit 1; }
	@echo "setting up .venv ..."
	@$(PYTHON) -m venv .venv
	@$(INSTALL) --editable .
	@touch $@

.venv/.installed-dev: .venv/.installed
	@echo "installing what development needs ..."
	@$(INSTALL) --editable '.[dev]'
	@touch $@
