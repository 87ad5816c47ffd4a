# make train   LeNet on Fashion-MNIST, from nothing but Python 3.10 or later
# make test    linters and the whole test suite
# The rest is for work on the project itself; CONTRIBUTING.md says when to use it.

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
# the Pythons of `make test-versions`: where there is no such command, name one, OLDEST_PYTHON=path
OLDEST_PYTHON ?= python3.10
NEWEST_PYTHON ?= python3.13
BIN := $(VENV)/bin
# what an installation is made of, beside the Python files, which are used where they lie
INSTALLED := pyproject.toml setup.py constraints.txt $(wildcard src/mxnet/kernels/*.[ch])

.DEFAULT_GOAL := help
.PHONY: help train test test-memory test-versions lint format stubs coverage absent carried docs serve comparison record programs originality \
  bench bench-quick clean

help:
	@sed -n 's/^# //p' Makefile | head -3
	@echo "also: test-memory, test-versions, lint, format, stubs, coverage, absent, docs, serve, comparison, record, programs, originality,"
	@echo "      bench, bench-quick, clean"

# --- environments: a stamp says what is installed, so the second time costs nothing

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "remxnet needs Python 3.10 or later; $(PYTHON) is `$(PYTHON) -V 2>&1`. Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.train: $(INSTALLED) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,images]'
	@touch $@

$(VENV)/.test: $(INSTALLED) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@ $(VENV)/.train $(VENV)/.docs

$(VENV)/.docs: $(INSTALLED) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

# --- what people want

train: $(VENV)/.train
	$(BIN)/remxnet train lenet

test: lint
	$(BIN)/python -m pytest -n $(WORKERS)

# the suite on the oldest torch and NumPy that pyproject.toml promises, and on the newest there are, each in an environment
# of its own (5 GB each, where torch comes with CUDA); what the newest run shows moves the bounds in pyproject.toml
test-versions: build/versions/oldest/.test
	$(MAKE) build/versions/newest/.test
	@for each in oldest newest; do build/versions/$$each/bin/python -c \
	  "import sys, torch, numpy; print('$$each: Python', sys.version.split()[0], 'torch', torch.__version__, 'NumPy', numpy.__version__)"; done
	build/versions/oldest/bin/python -m pytest -n $(WORKERS)
	build/versions/newest/bin/python -m pytest -n $(WORKERS)

build/versions/oldest/.test: constraints-oldest.txt $(INSTALLED)
	@test -x build/versions/oldest/bin/python || $(OLDEST_PYTHON) -m venv build/versions/oldest
	build/versions/oldest/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-oldest.txt -e '.[test]'
	@touch $@

# not made once and for all: tomorrow's newest may be another
.PHONY: build/versions/newest/.test
build/versions/newest/.test:
	@test -x build/versions/newest/bin/python || $(NEWEST_PYTHON) -m venv build/versions/newest
	build/versions/newest/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	build/versions/newest/bin/python -m pip install --quiet --disable-pip-version-check --upgrade torch numpy

# --- what developers want

# with hashes of all that is put off or kept, which find a write that went past the ledger of memory
test-memory: $(VENV)/.test
	REMXNET_CHECK_MEMORY=1 $(BIN)/python -m pytest -n $(WORKERS) tests/test_memory.py tests/ndarray tests/gluon \
	  tests/optimizer tests/kvstore tests/kernels tests/symbol tests/fidelity

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# the files that are generated from the operator table, each kept current by a test
stubs: $(VENV)/.test
	$(BIN)/python tools/stubs.py

coverage: $(VENV)/.test
	$(BIN)/python tools/coverage.py
	$(BIN)/python tools/declarations.py
	$(BIN)/python tools/conversions.py
	$(BIN)/python tools/pytorch_page.py

# the functions that programs converted to PyTorch get, from those of the operators
carried: $(VENV)/.test
	$(BIN)/python tools/carried.py

# the names of MXNet 1.9.1 that are not here, which say so when they are asked for
absent: $(VENV)/.test
	$(BIN)/python tools/absent.py

# the table of docs/compare.md, 20 epochs with 3 seeds; it goes on with one that was interrupted
comparison: $(VENV)/.train
	$(BIN)/remxnet compare $(if $(wildcard runs/homework/compare.json),--resume runs/homework,--epochs 20 --output runs/homework)
	$(BIN)/python tools/comparison.py runs/homework

# the documentation, built into build/site: open build/site/index.html
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "open build/site/index.html; for its search: make serve"

# the same behind a server of this machine alone, as the search does not work from a file
serve: docs
	@echo "http://localhost:$(or $(PORT),8000)/ (Ctrl-C ends it)"
	$(BIN)/python -m http.server -b localhost -d build/site $(or $(PORT),8000)

# make record ORACLE=dir [FAMILIES="one two"], where dir is a virtual environment with MXNet 1.9.1
record:
	@test -x "$(ORACLE)/bin/python" || { echo "name a virtual environment that has MXNet 1.9.1: make record ORACLE=dir"; exit 1; }
	$(ORACLE)/bin/python -W ignore tests/fidelity/record.py $(FAMILIES)

# make programs [COUNT=1000] [SEED=0] [JOBS=2]: random programs against the plain way in float64
programs: $(VENV)/.test
	$(BIN)/python -m tests.programs --count $(or $(COUNT),1000) $(if $(SEED),--seed $(SEED)) --jobs $(or $(JOBS),2) --failures programs.jsonl

# make originality OTHER=dir: which lines of ours also stand in another source, and are no facts
originality: $(VENV)/.test
	@test -e "$(OTHER)" || { echo "name a folder with the other source: make originality OTHER=dir"; exit 1; }
	$(BIN)/python -W ignore tools/originality.py $(OTHER)

# make bench [ORACLE=dir] [ONLY="names"], twelve minutes on a machine that does nothing else; writes docs/benchmarks.*
bench: $(VENV)/.train
	$(BIN)/python -m bench $(if $(ORACLE),--oracle $(ORACLE)) $(if $(ONLY),--only $(ONLY))

# the cheap cases against PyTorch, in less than a minute, to the terminal only
bench-quick: $(VENV)/.train
	$(BIN)/python -m bench --quick

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf src/*.egg-info src/mxnet/kernels/*.so
