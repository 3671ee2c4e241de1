# make demo   try everything on this machine        make test   the whole suite with linters and types
# make check  linters, types, import contracts      make bench  what the bot costs beside the bare minimum
# make lock   renew the lock files                   make fuzz   hostile input to real processes (COUNT, SEED)
# make big    what people wait for beside ten million rows
# make sentences  everything the bot and its page can say, one on a line
# make commands  docs/commands.md anew, from the actions and the policy
# make journeys  docs/journeys.md anew: which scenario plays which step of the users' journeys
# make chaos  whole runs with everything going wrong (RUNS, SEED)
# make spam   how often /pm spam is right: the tables of docs/spam.md
# make forecasts  how often the weekly report's forecasts are right: the table of docs/forecasts.md
# make mutation  mistakes in what is pure: who notices?  make mutants  mistakes made by hand, in all the rest
# make day    a whole day at a hundred times its pace, while clocks and workers die
# make nightly  all that takes hours

FITS := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each $(FITS) 2>/dev/null && echo $$each && break; done)
BIN := .venv/bin
WORKERS ?= 4 # also on two cores: most of a test is waiting

RUNS ?= 10
COUNT ?= 20000
SEED ?= 4216
# Other people's bots, and somebody else's Stripe.
OTHERS := tests/localslack/others
OTHER_STRIPES := tests/localpay/others
NIGHTLY := story day chaos fuzz mutation mutants bench big
# Where a machine sets it, each of the many processes would compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench big spam forecasts story day chaos fuzz mutation mutants nightly lock pictures sentences commands journeys clean

demo: .venv/demo
	@$(BIN)/pm demo

test: check
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal --durations=40 --durations-min=10

check: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --config pyproject.toml

# A table on screen and build/bench.json; two to three minutes.
bench: .venv/dev
	$(BIN)/python -m bench

# What people wait for beside ten million rows, against the same beside few. Some minutes, and room in the temporary folder.
big: .venv/dev
	$(BIN)/python -m bench big

# Ten seeded years with spam planted, into docs/spam.md. A minute or two.
spam: .venv/dev
	$(BIN)/python -m bench.spam

# Forty seeded figures of two years each, forecast again and again, into docs/forecasts.md. A minute or two.
forecasts: .venv/dev
	$(BIN)/python -m tests.forecasts

# An incident of six people and two hours, with a death at each transition, word for word. Three to four minutes.
story: .venv/dev
	$(BIN)/python -m pytest tests/promises/incident_of_six.py

# Every slot and every transition once; `make test` plays two hours of it. A quarter of an hour.
day: .venv/dev
	PM_DAY_HOURS=24 $(BIN)/python -m pytest tests/promises/test_day.py

# Prints every fault with its seed and payload, and what answers, memory and /healthz were like.
fuzz: .venv/dev
	FUZZ_COUNT=$(COUNT) FUZZ_SEED=$(SEED) FUZZ_ONLY=$(ONLY) $(BIN)/python -m pytest tests/fuzz --capture=no --no-header

# Which mistakes the tests would not notice: docs/mutation.md. Half an hour on two cores.
mutation: .venv/dev
	rm -rf mutants
	$(BIN)/mutmut run
	$(BIN)/python -m tests.mutation

# Mistakes made by hand (tests/mutants), by area: make mutants ONLY=holds. An hour on two cores.
mutants: .venv/dev
	$(BIN)/python -m tests.mutants $(ONLY)

# Everything that takes too long for each change; one that fails does not keep the others from running.
nightly:
	$(MAKE) --keep-going COUNT=100000 RUNS=100 SEED=$$(date +%Y%m%d) $(NIGHTLY)

# What is installed is what the lock file says, by hash. Once installed, no network is needed.
.venv/python:
	@test -n "$(PYTHON)" && $(PYTHON) $(FITS) \
		|| { echo "Python 3.11 or later is needed; name it with: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making a Python environment in .venv"
	@$(PYTHON) -m venv .venv \
		|| { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; rm -rf .venv; exit 1; }
	@touch $@

.venv/demo: .venv/python requirements.lock pyproject.toml
	@echo "Installing what the bot and its demo need, as requirements.lock says: only this once, one or two minutes"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@echo "Installing the bot itself"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/python requirements-dev.lock pyproject.toml
	@echo "Installing what the bot and its tests need, as requirements-dev.lock says: only this once, one or two minutes"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@echo "Installing the bot itself"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" \
		--extra demo --extra build --output-file requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" \
		--extra dev --extra build --output-file requirements-dev.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" \
		--output-file $(OTHERS)/machine.lock $(OTHERS)/machine.in
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" \
		--output-file $(OTHER_STRIPES)/localstripe.lock $(OTHER_STRIPES)/localstripe.in
	cd $(OTHERS)/bolt && npm install --package-lock-only --no-audit --no-fund --omit-lockfile-registry-resolved=true

# Real processes, killed, frozen, cut off and with wrong clocks; a violation prints the shortest schedule it found.
chaos: .venv/dev
	$(BIN)/python -m tests.chaos --runs $(RUNS) --seed $(SEED) --shrink 20

# The pictures of the README, taken by the browser tests.
pictures: .venv/dev
	PM_PICTURES=1 $(BIN)/python -m pytest tests/e2e tests/localslack/page tests/e2e/pictures.py \
		tests/integration/test_review_document.py

# One on a line with its place, to be read in one go.
sentences: .venv/dev
	$(BIN)/python -m tests.sentences

# The table of all commands: who may ask, who decides.
commands: .venv/dev
	$(BIN)/python -m tests.commands

# Where in the scenarios the users' journeys are played, step by step.
journeys: .venv/dev
	$(BIN)/python -m tests.journeys

clean:
	rm -rf .venv build dist mutants
