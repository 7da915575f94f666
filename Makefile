# Everything here sets itself up: Python 3.11 or newer, make and a C library are enough.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.ready
EVALUATIONS ?= 1200
SEED ?= 1
INPUTS ?= 1000000
MINUTES ?= 5
STUDY ?= search-quality
ABLATION_PROBLEMS ?= benchmarks/problems/ten_constants two_traps many_peaks circle_packing
ABLATION_EACH ?= 300
STUDY_PROBLEMS ?= benchmarks/problems/ten_constants far_hill@1000 wrong_way two_traps noisy_dials many_peaks@1000 circle_packing
STRATEGIES ?= map_elites,best_of_n,hill_climb,random_elite
SEEDS ?= 10
EACH ?= 500

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench study ablation fuzz stress nightly image format clean

help: ## list what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z%-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(SETUP) ## create the environment, from the locked versions

$(SETUP): pyproject.toml uv.lock
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh ./setup.sh
	@touch $@

demo: $(SETUP) ## evolve a packing of circles with the embedded model, and draw it
	$(BIN)/cambrian run circle_packing --evaluations $(EVALUATIONS) --seed $(SEED) --picture cambrian-out/circle_packing.png

test: $(SETUP) ## run the tests; those that need a service say why they are skipped
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(SETUP) ## format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: $(SETUP) ## format the code and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: bench-loop bench-store bench-sandbox ## run the short measurements

bench-%: $(SETUP) ## run one measurement: loop, store, archive, sandbox, tuner, prefix
	$(BIN)/python -m benchmarks.$*

study: $(SETUP) ## search quality: seven problems, four strategies, ten seeds, into docs/search_quality.md (hours)
	@mkdir -p cambrian-out
	$(BIN)/cambrian study $(STUDY_PROBLEMS) --strategies $(STRATEGIES) --seeds $(SEEDS) --evaluations $(EACH) \
		--name $(STUDY) --by truth.worth --sandbox process --model embedded \
		--db sqlite:///cambrian-out/studies.db -o docs/search_quality.md

ablation: $(SETUP) ## what planning, memory, tuner and novelty bring, on four problems, into docs/ablation.md (an hour)
	@mkdir -p cambrian-out
	$(BIN)/cambrian study $(ABLATION_PROBLEMS) --set search.tuner=bandit --variant full \
		--variant "no-planner search.plan=false" --variant "no-summarizer search.summarize=false" \
		--variant "no-memory search.memory=false" --variant "no-tuner search.tuner=none" \
		--variant "no-novelty search.redraws=0" --seeds $(SEEDS) --evaluations $(ABLATION_EACH) \
		--name ablation --sandbox process --model embedded \
		--db sqlite:///cambrian-out/ablation.db -o docs/ablation.md

fuzz: $(SETUP) ## put a million damaged values to the strict decoder (INPUTS=...)
	$(BIN)/python -m benchmarks.fuzz --inputs $(INPUTS)

stress: $(SETUP) ## hostile and honest programs on all slots at once for five minutes (MINUTES=...)
	$(BIN)/python -m benchmarks.stress --minutes $(MINUTES)

nightly: $(SETUP) ## what takes too long for every change: fuzz, stress, all tests in their thorough form
	$(MAKE) fuzz
	$(MAKE) stress
	CI=1 $(MAKE) test

image: $(SETUP) ## build the sandbox image, from the Dockerfile or, without a registry, from Debian packages
	$(BIN)/python -m evaluators.docker.image

clean: ## remove the environment and caches; runs in the archive stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache cambrian-out
