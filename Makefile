# Needs Python 3.11 or newer, make and git. Every target brings .venv to the locked versions first.

PYTHON ?= python3
IN_VENV = .venv/bin/python

.PHONY: run demo test lint bench torture contract package lock venv

run: venv           ## plays the story, then serves the service and its Stripe on this machine
	$(IN_VENV) -m infra.local

demo: venv          ## plays the story and exits
	$(IN_VENV) -m infra.local --demo

test: lint          ## everything that must hold
	$(IN_VENV) -m pytest -n 2 --dist worksteal

lint: venv
	$(IN_VENV) -m ruff check
	$(IN_VENV) -m ruff format --check
	$(IN_VENV) -m pyright --warnings

bench: venv         ## measures against the budgets: build/bench.json
	$(IN_VENV) -m tests.bench

EXAMPLES ?= 1000
SEEDS ?= 3000
ORDERS ?= 200
HISTORIES = tests/simulation/test_histories.py::test_every_history_ends_with_the_account_as_it_should_be
torture: venv       ## random wishes and requests (EXAMPLES), histories (SEEDS) and orders of events (ORDERS), until one goes wrong
	EXAMPLES=$(EXAMPLES) SEEDS=$(SEEDS) ORDERS=$(ORDERS) $(IN_VENV) -m pytest -x -n 2 --dist worksteal tests/journeys/lives tests/web/test_schemathesis.py $(HISTORIES)

contract: venv      ## asks a Stripe sandbox what its emulator is asked: needs STRIPE_TEST_KEY
	@$(IN_VENV) -m tests.local.stripe.contract

package: venv       ## makes what CloudFormation deploys, checked: build/package
	$(IN_VENV) -m infra.package

# A dependency is named in pyproject.toml; the lock files are made from it.
LOCK = build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock"
lock:               ## locks the versions anew
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip install --quiet uv==0.13.8
	$(LOCK) --output-file requirements.txt pyproject.toml
	$(LOCK) --output-file tests/requirements.txt --constraint requirements.txt --group pyproject.toml:dev

venv:
	@$(PYTHON) .ci/venv.py
