# make          the sample publication: site, feeds and mails
# make test     everything the tests need, then the tests
# make coverage the same, with lines and branches counted; it takes half as long again
# make lint     format check, linters, types, layers
# make format   the same repaired, as far as tools can
# make docs     docs/reference/ written anew from the code
# make lock     the lock files, which needs uv
# make bench    the mail measured beside other ways of making it
# make bench-audience  segments of a million readers, asked of SQLite and PostgreSQL
# make bench-build  builds measured beside Hugo, Eleventy, Pelican and mkdocs-material
# make bench-archives  600 issues of another program brought in: seconds, and what they still say
# make bench-chain  readers who leave while an import runs
# make bench-delivery  sending measured beside postfix's smtp-source and smtplib; senders on one ledger, beside job queues
# make bench-lighthouse  pages of the sample as Lighthouse scores them
# make bench-live  from a save at the desk to the page in the browser
# make bench-rehearsal  12 weeks rehearsed with 100,000 readers
# make bench-web  readers who leave under load, beside a bare route of Flask
# make soak     the long forms of tests, new random examples for those of laws, then senders killed 200 times; some hours
# make serve    the desk at http://127.0.0.1:8000/_desk/, and the site, built again on every save
# make clean    nothing left of all that was installed and built

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: all build test coverage lint format serve docs lock clean bench bench-build bench-delivery bench-lighthouse bench-live bench-web soak bench-archives bench-audience bench-chain bench-rehearsal
all: build

# A stamp a lock file, so that a changed lock is installed again and nothing else is.
$(VENV)/tool.stamp: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --no-deps -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

# The files of the desk's editor field, and none of the packages that their wheel would run with.
$(VENV)/desk.stamp: requirements-desk.lock $(VENV)/tool.stamp
	$(PIP) install --require-hashes --no-deps -r requirements-desk.lock
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/desk.stamp
	$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	touch $@

build: $(VENV)/tool.stamp
	$(BIN)/tipsheet build

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest

coverage: $(VENV)/dev.stamp
	$(BIN)/python -m pytest --cov --cov-report=term

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

serve: $(VENV)/desk.stamp
	$(BIN)/tipsheet serve

docs: $(VENV)/tool.stamp
	$(BIN)/python docs/reference/generate.py

# Needs uv; the locks name hashes for every platform.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --group build --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --group build --group test --group lint --constraints requirements.lock --output-file requirements-dev.lock
	echo 'psycopg[binary]>=3.2,<4' | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --constraints requirements-dev.lock --output-file requirements-postgresql.lock -
	echo 'nicegui>=3.18,<4' | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --no-deps --output-file requirements-desk.lock -
	echo 'pip-audit>=2.7,<3' | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --output-file .ci/audit.lock -

bench-build: $(VENV)/tool.stamp
	$(BIN)/python bench/build.py

bench-archives: $(VENV)/dev.stamp
	$(BIN)/python -m bench.archives

bench-audience: $(VENV)/dev.stamp
	$(BIN)/python -m bench.audience

bench-rehearsal: $(VENV)/dev.stamp
	$(BIN)/python -m bench.rehearsal

bench-chain: $(VENV)/dev.stamp
	$(BIN)/python -m bench.chain

bench-delivery: $(VENV)/dev.stamp
	$(BIN)/python bench/delivery.py
	$(BIN)/python -m bench.ledger

bench-lighthouse: $(VENV)/dev.stamp
	$(BIN)/python -m bench.lighthouse

bench-live: $(VENV)/tool.stamp
	$(BIN)/python bench/living.py

bench-web: $(VENV)/dev.stamp
	$(BIN)/python bench/web.py

soak: $(VENV)/dev.stamp
	TIPSHEET_SOAK=1 $(BIN)/python -m pytest -m "soak or hypothesis"
	$(BIN)/python bench/soak.py

bench: $(VENV)/tool.stamp
	$(BIN)/python bench/compose.py

clean:
	rm -rf $(VENV) site outbox .tipsheet .mypy_cache .ruff_cache .pytest_cache
