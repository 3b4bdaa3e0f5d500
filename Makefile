# `make` needs Python 3.11 or newer, Rust, and nothing else; it sets up .tools (uv, maturin) and
# .venv (archer and what it depends on) by itself, and does again only what has changed.

PYTHON ?= python3
SEEDS ?= 0
FUZZ_SECONDS ?= 60
PYTEST_ARGS ?=
PEERS_ARGS ?=
STORIES ?=

UV := .tools/bin/uv
BIN := .venv/bin
PEERS := benches/peers/.venv
STORY_PEER := benches/peers/.venv-stories
EXTRAS := --extra datasets --extra plots --extra peft --extra tensorboard --extra test --extra lint
SOURCES := $(shell find rust python -type f -not -name '*.so' -not -path '*/__pycache__/*' -not -path 'rust/*/fuzz/*') \
	Cargo.toml Cargo.lock pyproject.toml LICENSE README.md

# pyo3 builds and tests against the Python of .venv.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python
# Without compiled files every process takes several seconds longer to import torch.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help:  ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: build  ## Train on the ten-word Twenty Questions; SEEDS="0 1 2 3 4" repeats it
	$(BIN)/python examples/demo.py --seeds $(SEEDS)

.PHONY: build
build: .venv/.archer  ## Build the wheel and install it into .venv

.PHONY: test
test: build  ## Run the quick tests: pytest on the installed wheel, and cargo test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m "not slow and not learning" $(PYTEST_ARGS)
	cargo test --workspace --quiet

.PHONY: test-slow
test-slow: build  ## Run the slower tests, such as kills in every method
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m slow $(PYTEST_ARGS)

.PHONY: test-learning
test-learning: build  ## Run the tests that train policies until they are good (a quarter of an hour)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m learning --timeout 1200 $(PYTEST_ARGS)

.PHONY: lint
lint: build  ## Check style and types of the Python and the Rust
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings

.PHONY: format
format: .venv/.dependencies  ## Format the Python and the Rust
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cargo fmt --all

.PHONY: bench
bench:  ## Measure the Rust: steps and samples a second
	cargo bench

.PHONY: bench-env
bench-env: build  ## Measure the environments through Gymnasium's API
	$(BIN)/python benches/env.py

.PHONY: bench-learner
bench-learner: build  ## Measure rollouts and updates beside the plain way to do them
	$(BIN)/python benches/learner.py

FUZZ := PATH="$(CURDIR)/.tools/bin:$$PATH" cargo +nightly fuzz run --target-dir "$(CURDIR)/target/fuzz"
FUZZ_LIMITS := -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -malloc_limit_mb=64 -rss_limit_mb=2048

.PHONY: fuzz
fuzz: .tools/bin/cargo-fuzz  ## Fuzz the store's reader, the tasks and story files, FUZZ_SECONDS (60) each; needs nightly Rust
	cargo test --quiet -p archer-store --test fuzz -- --ignored write_seeds
	cd rust/store && $(FUZZ) reader -- $(FUZZ_LIMITS)
	cd rust/env && $(FUZZ) episode -- $(FUZZ_LIMITS)
	cd rust/env && $(FUZZ) story -- $(FUZZ_LIMITS)

.tools/bin/cargo-fuzz: .tools/.installed
	cargo install --quiet --locked --root .tools cargo-fuzz --version '^0.13'
	touch $@

.PHONY: bench-peers
bench-peers: $(PEERS)/.installed dist/.wheel  ## Measure store and replay beside other libraries
	$(UV) pip install --quiet --python $(PEERS)/bin/python --no-deps --reinstall dist/archer-*.whl
	$(PEERS)/bin/python -m benches.peers $(PEERS_ARGS)

.PHONY: bench-env-peers
bench-env-peers: $(PEERS)/.installed dist/.wheel  ## Measure the environments beside other libraries
	$(UV) pip install --quiet --python $(PEERS)/bin/python --no-deps --reinstall dist/archer-*.whl
	$(PEERS)/bin/python -m benches.peers.env_steps $(PEERS_ARGS)

# Jericho walks over sets of words, whose order is that of their hashes.
.PHONY: bench-stories
bench-stories: $(STORY_PEER)/.installed dist/.wheel  ## Measure stories beside Jericho; STORIES=folder with detective.z5, advent.z3
	$(UV) pip install --quiet --python $(STORY_PEER)/bin/python --no-deps --reinstall dist/archer-*.whl
	PYTHONHASHSEED=0 $(STORY_PEER)/bin/python -m benches.peers.stories $(if $(STORIES),--stories $(STORIES)) $(PEERS_ARGS)

.PHONY: wheel
wheel: dist/.wheel  ## Build the abi3 wheel into dist/
	@ls dist/*.whl

.PHONY: clean
clean:  ## Remove everything that make has built; runs/ stays
	rm -rf .tools .venv $(PEERS) $(STORY_PEER) dist target rust/*/fuzz/corpus .mypy_cache .pytest_cache .ruff_cache .hypothesis

.tools/.installed: constraints.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "archer needs Python 3.11 or newer"'
	$(PYTHON) -m venv --clear .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv maturin
	touch $@

.venv/.dependencies: .tools/.installed constraints.txt pyproject.toml
	test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip install --python $(BIN)/python -c constraints.txt -r pyproject.toml $(EXTRAS)
	touch $@

$(PEERS)/.installed: .tools/.installed constraints.txt pyproject.toml \
		benches/peers/requirements.txt benches/peers/install.py
	$(UV) venv --quiet --clear --python $(PYTHON) $(PEERS)
	$(UV) pip install --quiet --python $(PEERS)/bin/python -c constraints.txt -r pyproject.toml
	$(PEERS)/bin/python -m benches.peers.install $(UV) $(PEERS)
	touch $@

$(STORY_PEER)/.installed: .tools/.installed constraints.txt benches/peers/requirements-stories.txt
	$(UV) venv --quiet --clear --python $(PYTHON) $(STORY_PEER)
	$(UV) pip install --quiet --python $(STORY_PEER)/bin/python -c constraints.txt \
		-r benches/peers/requirements-stories.txt
	touch $@

dist/.wheel: .venv/.dependencies $(SOURCES)
	@command -v cargo > /dev/null || { echo "archer needs Rust: https://rustup.rs"; exit 1; }
	rm -rf dist
	.tools/bin/maturin build --release --locked --interpreter $(BIN)/python --out dist
	touch $@

.venv/.archer: dist/.wheel
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --reinstall dist/archer-*.whl
	touch $@
