# Each target does its own set-up in .venv; the second time that takes no time. `make` alone lists the targets.
#   make run QA_PORT=8001        another port
#   make run EMPTY=1             another data folder, without the demo
#   make test ARGS="-k claim"    more for pytest

VENV := .venv
PY := $(VENV)/bin/python
# The first Python that is new enough; `make PYTHON=/path/to/python3.12 run` names another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 4 ] && echo 4 || echo $$n)
install = @$(PYTHON) requirements/install.py $(1) $(VENV)
# irrCAC wants SciPy 1.12, which has no wheels for a newer Python than 3.12.
ORACLES := .venv-reference
ORACLES_PYTHON ?= $(shell for p in $(PYTHON) python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && exit; done)

.PHONY: help run test test-oracles faults lint fmt bench bench-load demo-reset
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start everything and print the address; Ctrl-C stops it and keeps the data
	$(call install,run)
	@exec $(PY) -m qaplatform.local run --under-make $(if $(EMPTY),--empty)

test: ## all tests, with servers of their own
	$(call install,test)
	@exec $(PY) -m pytest --numprocesses=$(WORKERS) --dist=loadfile $(ARGS)

test-oracles: ## the statistics against other implementations, in an environment of their own
	@test -n "$(ORACLES_PYTHON)" || { echo "make test-oracles needs Python 3.11 or 3.12: name one with ORACLES_PYTHON=..." >&2; exit 1; }
	@$(ORACLES_PYTHON) requirements/install.py reference $(ORACLES)
	@exec $(ORACLES)/bin/python -m pytest -c tests/reference/pytest.ini --rootdir=. --confcutdir=tests/reference \
		--numprocesses=$(WORKERS) --dist=worksteal \
		$(if $(findstring tests/,$(ARGS)),,tests/reference tests/stats --ignore=tests/stats/test_metrics_docs.py calibration/stats) $(ARGS)

faults: ## the ledger test in full: each guard taken out once, then 100,000 answers and 1,000 kills; ARGS=--resume goes on
	$(call install,test)
	@$(if $(findstring --resume,$(ARGS)),,$(PY) -m pytest tests/faults/guards_taken_out.py)
	@exec $(PY) -m tests.faults.ledger_long $(ARGS)

lint: ## every check of the code; shows all that fails
	$(call install,lint)
	@VENV=$(VENV) exec .ci/lint

fmt: ## put the code in order: imports, format, what ruff can mend
	$(call install,lint)
	@$(PY) -m ruff check --fix --quiet . || true
	@exec $(PY) -m ruff format .

bench: ## measure; not a part of `make test`
	$(call install,bench)
	@exec $(PY) -m pytest --override-ini="norecursedirs=.* node_modules" -p no:xdist $(if $(findstring tests/bench,$(ARGS)),,tests/bench) $(ARGS)

bench-load: ## people who label without a pause, at the product and at a bare view in turns: 6 minutes
	$(call install,bench)
	@exec $(PY) -m tests.bench.load $(ARGS)

demo-reset: ## throw the demo's data away; the next `make run` makes it anew
	$(call install,run)
	@exec $(PY) -m qaplatform.local reset
