# Everything a contributor or a build machine runs. Tool versions: tools/versions.env.
#
#   make setup        install what is missing
#   make serve        the page on http://127.0.0.1:8080/ (PORT=…), rebuilt when a file changes
#   make dist         the page, ready to host, in dist/
#   make check        the quick part of the tests: format, lints, native tests, docs
#   make test         everything, as on the build machine
#   make bench        kernels, training and compression natively, weight and responsiveness of the built page, then the page beside other libraries
#   make bench-gpu  the page beside other libraries on this machine's GPU (ARGS=--software where there is none)
#   make fuzz         readers of links, recipes, formulas, tables and model files on random input (SECONDS=…, ARGS="table link")
#   make screenshots  the pictures in docs/img/

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup serve dist check test bench bench-gpu fuzz screenshots fmt e2e clean

PORT ?= 8080
SECONDS ?= 600
ENV := . tools/env.sh;

help:
	@sed -n 's/^#   \(make .*\)/\1/p' Makefile

setup:
	@tools/setup.sh

serve: setup
	@$(ENV) trunk serve --release --offline --port $(PORT)

dist: setup
	@tools/dist.sh

check: setup
	@tools/test.sh fmt clippy clippy-wasm native docs docs-wasm

test: setup
	@tools/test.sh

# Part of the tests by hand, after `make dist`: make e2e ARGS="smoke --headed"
e2e: setup
	@$(ENV) playwright test --config tests/e2e/playwright.config.mjs $(ARGS)

bench: setup dist
	@$(ENV) cargo bench --locked $(ARGS); node tools/page-metrics.mjs; tools/peers.sh

bench-gpu: setup dist
	@$(ENV) tools/gpu-bench.sh $(ARGS)

# Stable Rust and a C++ compiler are all it takes.
fuzz:
	@$(ENV) SECONDS_EACH=$(SECONDS) tools/fuzz.sh $(ARGS)

screenshots: setup dist
	@$(ENV) node tools/screenshots.mjs $(ARGS)

fmt:
	@cargo fmt --all

clean:
	@cargo clean; rm -rf dist node_modules test-results
