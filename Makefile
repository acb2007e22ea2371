# make run | serve | quick | test | check | every | fuzz | bench | profile | laws | clock | glossary | licences |
# picture | setup | lock: each sets up .venv first if it has to
PYTHON ?= python3
BIN := .venv/bin
ARGS ?= plan --gpus 1024 --gpu h100-sxm --days 30
# one worker a core, and so one thread of linear algebra a worker
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

.PHONY: run serve quick test check every fuzz licences profile setup bench laws clock glossary picture lock clean

run: .venv/ready
	@$(BIN)/flopwise $(ARGS)

# the live planner, until Ctrl-C
serve: .venv/ready
	@$(BIN)/flopwise serve $(SERVE)

# a minute: nothing slow, and the first chunk of every enumeration
quick: .venv/ready
	$(PYTEST) --lane quick

# less than twelve minutes: all tests, and one in twelve chunks of every enumeration
test: .venv/ready
	$(PYTEST) --lane usual

# what CI runs: all tests, and half of the chunks of every enumeration
check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@if [ -x $(BIN)/oxlint ]; then $(BIN)/oxlint --deny-warnings; fi
	$(PYTEST) --lane check

# before a release: every chunk of every enumeration
every: .venv/ready
	$(PYTEST) --lane all

# a minute of bad input made at random
fuzz: .venv/ready
	$(BIN)/python -m tests.fuzz 60

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "flopwise needs Python 3.11 or later; set PYTHON=python3.x" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

laws: .venv/ready
	$(BIN)/python -m optimizer.calibration.shipped optimizer/laws/data
	$(BIN)/python -m benchmarks.accuracy docs/laws.md

clock: .venv/ready
	$(BIN)/python -m optimizer.calibration.clock_shipped constraints/data/clock.json

bench: .venv/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	$(BIN)/python -m benchmarks.peers
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.mixtures
	$(BIN)/python -m benchmarks.gpu_hours
	$(BIN)/python -m benchmarks.fronts
	$(BIN)/python -m benchmarks.kills
	$(BIN)/python -m benchmarks.proofs
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.ledger

licences: .venv/ready
	$(BIN)/python -m tests.licences

# where the time of a plan goes
profile: .venv/ready
	$(BIN)/python -m benchmarks.profile

glossary: .venv/ready
	$(BIN)/python -m tests.glossary docs/glossary.md

# needs Chromium
picture: .venv/ready
	$(BIN)/python -m tests.browser.picture docs/front.png docs/planner.png

# needs uv; writes hashes, no index address
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet -o requirements.lock
	uv pip compile benchmarks/requirements.in --universal --python-version 3.11 --generate-hashes \
		--constraint requirements.lock --no-emit-index-url --no-annotate --no-header --quiet \
		-o benchmarks/requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
