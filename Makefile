# Holdout's commands. `make run` and `make test` do all the set-up on a fresh machine; what a machine must have before is
# in README.md.

CARGO ?= cargo
DATA ?= data
LISTEN ?= 127.0.0.1:8080
BIN := target/release
SHARED ?= ../shared
# The runner is built against it; `make` fetches it where it is not there.
export LIBTORCH ?= $(shell scripts/libtorch --where)

.PHONY: help libtorch libtorch-cuda assembler run build train-glyphs test test-sqlite test-postgres lint format bench acceptance clean

help:
	@echo "make run         build, start with the seasons that come with it, print their boards (DATA=folder LISTEN=address)"
	@echo "make build       build the programs into target/release/"
	@echo "make test        all tests, on SQLite and on PostgreSQL"
	@echo "make lint        formatting and lints"
	@echo "make bench       speed beside peers, in one run"
	@echo "make train-glyphs  train the models of glyphs-1000 again (half an hour of one core)"
	@echo "make libtorch-cuda  fetch what a machine with an NVIDIA GPU needs besides"
	@echo "make acceptance  tests on the real and hostile inputs of SHARED=$(SHARED)"

libtorch:
	@scripts/libtorch cpu > /dev/null

libtorch-cuda:
	scripts/libtorch cuda

# JPEG is decoded twice as fast where nasm is there at build time; the pixels are the same without it.
assembler:
	@command -v nasm > /dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null || \
		apt-get install --yes --quiet nasm > /dev/null 2>&1 || echo "nasm could not be installed; going on without it" >&2

build: libtorch assembler
	$(CARGO) build --release --locked --workspace --bins

run: build
	$(BIN)/holdout-fixtures ilsvrc-2012 --out $(DATA)/seasons/ilsvrc-2012
	$(BIN)/holdout-fixtures glyphs-1000 --out $(DATA)/seasons/glyphs-1000
	exec $(BIN)/holdout up --data $(DATA) --listen $(LISTEN) --season $(DATA)/seasons/ilsvrc-2012 --season $(DATA)/seasons/glyphs-1000

train-glyphs: libtorch
	OMP_WAIT_POLICY=passive $(CARGO) run --release --locked -p holdout-fixtures --features train -- glyphs-1000 --train

test: test-sqlite test-postgres

# Everything once, with a database file for each test.
test-sqlite: libtorch assembler
	env -u HOLDOUT_TEST_POSTGRES $(CARGO) test --locked --workspace

# What touches the database again, on a PostgreSQL cluster made for it.
test-postgres: libtorch assembler
	scripts/with-postgres $(CARGO) test --locked -p holdout-server -p holdout

lint: libtorch assembler
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --features holdout-fixtures/train -- -D warnings

format:
	$(CARGO) fmt --all

bench: build
	bench/run

acceptance: libtorch assembler
	@test -d "$(SHARED)/data" && test -d "$(SHARED)/attacks" || { echo "acceptance: there is no $(SHARED)/data and $(SHARED)/attacks"; exit 1; }
	HOLDOUT_ACCEPTANCE_DIR="$(abspath $(SHARED))" $(CARGO) test --locked --workspace --test acceptance -- --ignored --test-threads 1

clean:
	$(CARGO) clean
