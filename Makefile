# Holdout's commands. `make run` and `make test` do all the set-up on a fresh machine; what a machine must have before is
# in README.md.

CARGO ?= cargo
DATA ?= data
LISTEN ?= 127.0.0.1:8080
BIN := target/release
SHARED ?= ../shared
# How long `make fuzz` runs a target, and which ones.
SECONDS_EACH ?= 120
TARGETS ?= predictions torchscript_archive torchscript_parts image image_archive runner_frames season upload_headers
# The runner is built against it; `make` fetches it where it is not there.
export LIBTORCH ?= $(shell scripts/libtorch --where)

NPM := npm --prefix frontend
PAGES := frontend/build/manifest.json
PAGES_FROM := $(shell find frontend/src frontend/static frontend/scripts -type f) $(wildcard frontend/*.js frontend/*.ts frontend/*.json)

.PHONY: help libtorch libtorch-cuda assembler pages run build train-glyphs gpu-check check team test test-sqlite test-postgres test-pages fuzz lint training style deny licences release format bench acceptance clean

help:
	@echo "make run         build, start with the seasons that come with it, print their boards (DATA=folder LISTEN=address)"
	@echo "make build       build the programs into target/release/"
	@echo "make check       compile everything but the runner, check the types of the pages: seconds after a change"
	@echo "make test        all tests: on SQLite, on PostgreSQL, in a browser"
	@echo "make pages       build the pages of frontend/ alone; SHOTS=folder make test-pages keeps pictures of them"
	@echo "make fuzz        each fuzz target for SECONDS_EACH=$(SECONDS_EACH) s (needs cargo-fuzz and a nightly compiler; TARGETS=… for some)"
	@echo "make lint        formatting, lints, types, prose, circles of imports, crates"
	@echo "make deny        licences, sources and duplicates of crates (needs cargo-deny)"
	@echo "make release     the archive that users download, in target/dist/ (needs cargo-about)"
	@echo "make bench       speed beside peers, in one run"
	@echo "make train-glyphs  train the models of glyphs-1000 again (half an hour of one core)"
	@echo "make libtorch-cuda  fetch what a machine with an NVIDIA GPU needs besides"
	@echo "make gpu-check   prove the GPU path on a machine with an NVIDIA GPU; elsewhere it says in a line that it did not run"
	@echo "make acceptance  tests on the real and hostile inputs of SHARED=$(SHARED)"

libtorch:
	@scripts/libtorch cpu > /dev/null

libtorch-cuda:
	scripts/libtorch cuda

# JPEG is decoded twice as fast where nasm is there at build time; the pixels are the same without it.
assembler:
	@command -v nasm > /dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null || \
		apt-get install --yes --quiet nasm > /dev/null 2>&1 || echo "nasm could not be installed; going on without it" >&2

# What the pages are built with, as package-lock.json has it.
frontend/node_modules/.package-lock.json: frontend/package-lock.json
	$(NPM) ci --include=dev --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGES): frontend/node_modules/.package-lock.json $(PAGES_FROM)
	$(NPM) run --silent build

pages: $(PAGES)

build: libtorch assembler pages
	$(CARGO) build --release --locked --workspace --bins

run: build
	$(BIN)/holdout-fixtures ilsvrc-2012 --out $(DATA)/seasons/ilsvrc-2012
	$(BIN)/holdout-fixtures glyphs-1000 --out $(DATA)/seasons/glyphs-1000
	exec $(BIN)/holdout up --data $(DATA) --listen $(LISTEN) --season $(DATA)/seasons/ilsvrc-2012 --season $(DATA)/seasons/glyphs-1000

train-glyphs: libtorch pages
	OMP_WAIT_POLICY=passive $(CARGO) run --release --locked -p holdout-fixtures --features train -- glyphs-1000 --train

check: frontend/node_modules/.package-lock.json team
	$(CARGO) check --locked --all-targets
	$(NPM) run --silent check

# The program as teams install it, which builds on every system.
team:
	$(CARGO) check --locked --package holdout --no-default-features

test: test-sqlite test-postgres test-pages

# Everything once, with a database file for each test.
test-sqlite: libtorch assembler pages
	env -u HOLDOUT_TEST_POSTGRES scripts/run-tests

# What touches the database again, on a PostgreSQL cluster made for it.
test-postgres: libtorch assembler pages
	scripts/with-postgres scripts/run-tests holdout-server holdout

# The pages in Debian's Chromium, against server, scorer and runner; before that, what of them runs alone.
# Examples are built too because dependencies then get the features that tests give them, and are not built a second time.
test-pages: libtorch assembler pages
	$(CARGO) build --locked --workspace --bins --examples
	$(NPM) test
	CHROMIUM="$$(scripts/browser)" HOLDOUT_BIN="$(abspath target/debug)" $(NPM) run --silent test:browser

# Each target makes its own seeds; what it finds lies in fuzz/artifacts/TARGET/.
fuzz:
	for target in $(TARGETS); do \
		case $$target in season|upload_headers) programs="--features programs" ;; *) programs= ;; esac; \
		$(CARGO) +nightly fuzz run --fuzz-dir fuzz $$programs $$target -- \
			-max_total_time=$(SECONDS_EACH) -max_len=20000 -timeout=20 -rss_limit_mb=3000 || exit 1; \
	done

lint: libtorch assembler pages
	$(CARGO) clippy --locked --workspace --all-targets --features holdout-fixtures/train -- -D warnings
	$(MAKE) style
	@if command -v cargo-deny > /dev/null; then $(MAKE) deny; else echo "lint: without cargo-deny, crates are not checked; see deny.toml"; fi

# The feature that no test builds.
training: libtorch
	$(CARGO) build --locked --workspace --bin holdout-fixtures --examples --features holdout-fixtures/train

# What `make lint` checks without compiling the programs.
style: pages
	$(CARGO) fmt --all --check
	$(NPM) run --silent lint
	$(NPM) run --silent check
	$(NPM) run --silent check:api
	scripts/prose
	scripts/circles

deny:
	$(CARGO) deny check bans licenses sources

licences: frontend/node_modules/.package-lock.json
	scripts/licences target/release/THIRD-PARTY.html

release:
	scripts/release

format:
	$(CARGO) fmt --all
	$(NPM) run --silent format

bench: build
	bench/run

gpu-check:
	@CARGO="$(CARGO)" SHARED="$(SHARED)" scripts/gpu-check

acceptance: libtorch assembler pages
	@test -d "$(SHARED)/data" && test -d "$(SHARED)/attacks" || { echo "acceptance: there is no $(SHARED)/data and $(SHARED)/attacks"; exit 1; }
	HOLDOUT_ACCEPTANCE_DIR="$(abspath $(SHARED))" $(CARGO) test --locked --workspace --test acceptance -- --ignored --test-threads 1

clean:
	$(CARGO) clean
	rm -rf frontend/build frontend/node_modules frontend/.svelte-kit
