# Every target runs in the virtual environment .venv and first makes it, if it is missing or stale.

PYTHON ?= python3
ARGS   ?=

# Compiled Python stays in the environment, also where a shell says that none is to be written: the tests start a thousand
# processes, which would compile NumPy, matplotlib and all else again.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help lesson class iris names test test-all types docs bench release \
        mutants coverage exactness fuzz sizes clean broken
.NOTPARALLEL:  # all targets share one environment

help:
	@echo 'make lesson   the lesson, from the forward pass to the minimum; its page, pictures, surfaces in out/lesson'
	@echo 'make class    for teachers: worksheet, key, questions, plans in out/lesson; ARGS="--seed 7" for other numbers'
	@echo 'make iris     the network of the lesson trained on 150 flowers; surfaces in out/iris'
	@echo 'make names    a transformer that invents names, trained on 5,163; a picture, a page in out/names'
	@echo 'make test     lint, types, doctests and tests'
	@echo 'make test-all everything on both cores, with many more examples; other Pythons, old packages, none: hours'
	@echo 'make types    a second type checker, on what users write'
	@echo 'make docs     the guide, in out/docs'
	@echo 'make bench    speed, beside other engines'
	@echo 'make mutants  small changes of the code that no test notices; ARGS="--each 1000" for all: many hours'
	@echo 'make coverage branches of engine and nn that no test takes, on both cores'
	@echo 'make exactness  errors of all operations in their last digits, beside PyTorch and JAX where they are'
	@echo 'make fuzz     hostile input, the C under sanitizers; ARGS="--seconds 600" for longer'
	@echo 'make sizes    ten million values, a million deep, and all memory back'
	@echo 'make release  what would be uploaded, each part installed and tried; uploads nothing'
	@echo 'make clean    remove all that make has made'
	@echo
	@echo 'make test ARGS="-k softmax"     ARGS go to the program (for test, to pytest)'
	@echo 'make test PYTHON=python3.12     another Python than python3'

# What an environment is made from: this folder, this Python, these two files. Its checksum is part of the
# names of the two files below, which are written last, so an environment that is stale or half made has none.
FROM   := $(shell { pwd -P; "$(PYTHON)" -ISc 'import sys; print(sys.version, sys.base_prefix)'; \
                    cat setup.cfg pyproject.toml; } 2>&1 | cksum | tr ' ' -)
LESSON := .venv/lesson-$(FROM)
PLOT   := .venv/plot-$(FROM)
TEST   := .venv/test-$(FROM)
DOCS   := .venv/docs-$(FROM)
TYPES  := .venv/types-$(FROM)
PROOF  := .venv/proof-$(FROM)

# The compiled core is poured from the table and built from these; when they change, or where none was before a compiler
# comes, it is built again.
CORE   := .venv/core-$(shell { { command -v cc || command -v gcc || command -v clang; } >/dev/null && echo compiler; \
                                 "$(PYTHON)" -I engine/native/sources.py; } 2>&1 | cksum | tr ' ' -)
SAY    := .venv/bin/python -c 'from engine import native; print(f"Core: {native.name}, {native.reason}")'

lesson: $(PLOT) $(CORE)
	@$(SAY)
	.venv/bin/python -m demos.lesson $(ARGS)

class: $(LESSON) $(CORE)
	@$(SAY)
	.venv/bin/python -m demos.lesson --class $(ARGS)

iris: $(PLOT) $(CORE)
	@$(SAY)
	.venv/bin/python -m demos.iris $(ARGS)

names: $(LESSON) $(CORE)
	@$(SAY)
	.venv/bin/python -m demos.names $(ARGS)

LINT   := .venv/bin/python -m flake8 & style=$$!; .venv/bin/python -m mypy; types=$$?; wait $$style && exit $$types
PYTEST := .venv/bin/python -m pytest -n auto --dist worksteal

# Everything on the core that is chosen; then, where there are two, on Python's what a core does: see tests/cores.py. The
# status 5 says that ARGS choose none of these.
test: $(TEST) $(CORE)
	@$(SAY)
	$(LINT)
	$(PYTEST) $(ARGS)
	@.venv/bin/python -c 'import engine; raise SystemExit(engine.core == "native")' || { set -x; \
	    GLASSGRAD_CORE=python $(PYTEST) --second $(ARGS) || [ $$? = 5 ]; }

# The longer proof: everything on both cores, and many more examples of each property; then other Pythons and packages.
test-all: export HYPOTHESIS_PROFILE ?= many
test-all: $(TEST) $(TYPES) $(CORE)
	@$(SAY)
	$(LINT)
	$(PYTEST) $(ARGS)
	GLASSGRAD_CORE=python $(PYTEST) $(ARGS)
	env -u HYPOTHESIS_PROFILE .venv/bin/python -m proofs.everywhere

# On demand: each takes minutes or hours, and says what it has tried.
mutants exactness sizes: $(TEST) $(CORE)
	.venv/bin/python -m proofs.$@ $(ARGS)

fuzz: $(TEST) $(CORE)
	.venv/bin/python -m proofs.fuzz --sanitized $(ARGS)

# What a row's tests draw differs from run to run; here it is always the same.
coverage: export HYPOTHESIS_PROFILE ?= brief
coverage: $(PROOF) $(CORE)
	.venv/bin/python -m coverage erase
	.venv/bin/python -m coverage run -m pytest -q -n auto --dist worksteal $(ARGS)
	GLASSGRAD_CORE=python .venv/bin/python -m coverage run -m pytest -q -n auto --dist worksteal --second $(ARGS)
	.venv/bin/python -m coverage combine -q
	.venv/bin/python -m coverage report

types: $(TEST) $(CORE) $(TYPES)
	.venv/bin/python -m pytest -q tests/typing $(ARGS)

# Of packages alone; what it shows loads nothing.
docs: $(LESSON) $(CORE) $(DOCS)
	.venv/bin/python -m sphinx -W --keep-going -q docs out/docs $(ARGS)
	@echo 'The guide is in out/docs; open out/docs/index.html'

release: $(LESSON) $(CORE)
	.venv/bin/python release.py $(ARGS)

bench: $(LESSON) $(CORE)
	@$(SAY)
	.venv/bin/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv out build dist *.egg-info .hypothesis .mypy_cache .pytest_cache
	rm -f docs/reference/engine.md docs/reference/nn.md docs/reference/rows.md docs/reference/testing.md docs/static/lesson.html
	rm -f engine/*.pyi engine/native/*.so engine/native/*.pyd
	find . -name __pycache__ -prune -exec rm -rf {} +

# Wheels only: no compiler is ever needed; where there is one, it builds the core. Of pip's messages, only its errors.
PIP := .venv/bin/python -m pip install --only-binary :all: --no-compile --disable-pip-version-check -qq

# What the tests need is laid beside the core while that compiles; the rule for $(TEST) adds what is missing.
EXTRA = import configparser; c = configparser.ConfigParser(); c.read("setup.cfg"); \
        print(c["options.extras_require"]["test"])
AHEAD = $(if $(filter test,$(MAKECMDGOALS)),"$(PYTHON)" -ISc '$(EXTRA)' | $(PIP) -r /dev/stdin 2>/dev/null;)

$(LESSON): $(shell .venv/bin/python -c 'import graphviz' 2>/dev/null || echo broken)
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
	    echo "glassgrad needs Python 3.10 or newer, but $(PYTHON) says: $$("$(PYTHON)" --version 2>&1)"; \
	    echo 'Name another one: make $(MAKECMDGOALS) PYTHON=python3.12'; exit 1; }
	@echo 'Making .venv; where there is a C compiler it compiles the core too, which takes about half a minute'
	@rm -rf .venv
	@# Debian keeps ensurepip, which venv needs, in a package of its own; pip can stand in for it
	@"$(PYTHON)" -m venv .venv >/dev/null 2>&1 || { \
	    "$(PYTHON)" -m venv --clear --without-pip .venv && \
	    "$(PYTHON)" -m pip --python .venv/bin/python install -qq pip; } >/dev/null 2>&1 || { \
	    echo '$(PYTHON) cannot make a virtual environment: install its venv module (on Debian: python3-venv)'; exit 1; }
	@$(PIP) --editable . & core=$$!; $(AHEAD) wait $$core
	@$(PIP) 'glassgrad[draw]' >/dev/null 2>&1 || \
	    echo 'pygraphviz has no wheel for this machine: pictures need it or the program dot, all else works'
	@touch $@ $(CORE)

$(CORE): | $(LESSON)
	@echo 'Building the core again, which takes about half a minute where there is a C compiler'
	@$(PIP) --no-deps --editable .
	@rm -f .venv/core-*
	@touch $@

$(PLOT): $(LESSON)
	@echo 'Adding to .venv what draws surfaces and shows progress'
	@$(PIP) 'glassgrad[plot,progress]' || echo 'matplotlib cannot be had here: no surfaces, all else works'
	@touch $@

$(TEST): $(LESSON)
	@echo 'Adding to .venv what the tests need'
	@rm $(LESSON)  # back when this is done: interrupted, the next run starts afresh
	@$(PIP) 'glassgrad[test]'
	@touch $(LESSON) $@

$(DOCS): $(LESSON)
	@echo 'Adding to .venv what the guide needs'
	@$(PIP) 'glassgrad[docs]'
	@touch $@

$(PROOF): $(TEST)
	@$(PIP) 'glassgrad[proof]'
	@touch $@

$(TYPES): $(TEST)
	@$(PIP) 'glassgrad[types]'
	@touch $@
