# `make run` and `make test` are all the set-up there is; `make` lists the rest.

PY := .venv/bin/python
UV_VERSION := 0.13.9
COMPILE := .venv/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

# Services and containers may have no home, or one that nobody may write to.
ifeq ($(strip $(HOME)),)
unexport HOME
endif
ifneq ($(shell test -w "$$HOME" && echo writable),writable)
export UV_CACHE_DIR ?= $(CURDIR)/.venv/uv-cache
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test check fmt bench chaos long hostile fuzz l2 screenshots lock clean venv runtime dev chromium

help: ## show this list
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

run: runtime ## install what is missing, then start Redis, web and workers; Ctrl-C stops them
	@exec $(PY) -m app.operation.up

test: check chromium ## everything that has to be true before a commit
	$(PY) -m pytest -n auto --dist loadfile -m "not browser and not chaos and not hostile and not long"
	$(PY) -m pytest -m browser

check: dev ## format, lint, types, import rules
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache

fmt: dev ## put the code into its one format
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: dev ## measure us beside ffmpeg, node by node and moviepy, and every effect
	$(PY) -m benchmarks

chaos: dev ## kill processes at random and see that no work is lost
	$(PY) -m pytest -m "chaos or hostile"

long: dev ## render all example films, and cut at a thousand places
	$(PY) -m pytest -m long

hostile: dev ## let in every hostile file of the corpus, and render it
	$(PY) -m pytest -n auto -m hostile tests/hostile

fuzz: dev ## half a million formulas; files, recipes, forms and ranges, mutated for ten minutes each; the API
	$(PY) -m tests.fuzz_formulas 500000
	$(PY) -m tests.fuzz_doors all 600
	$(PY) -m tests.api.fuzz 100

l2: dev ## start a small registry (L2) for development, at http://127.0.0.1:8200
	@exec $(PY) -m tests.l2dev

screenshots: dev chromium ## take a picture of each page of a running server
	$(PY) -m tests.screenshots

lock: venv ## compile requirements*.in again
	$(COMPILE) requirements.in --output-file requirements.txt
	$(COMPILE) requirements-dev.in --output-file requirements-dev.txt

clean: ## remove what can be made again (not the data)
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage* htmlcov
	find . -name __pycache__ -prune -exec rm -rf {} +

# --- what the targets above stand on ---

# A virtual environment whose interpreter works, made with the first suitable Python, and uv in it.
venv:
	@if ! $(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		for python in python3.13 python3.12 python3.11 python3 none; do \
			$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
		done; \
		if [ $$python = none ]; then \
			echo 'Python 3.11 or newer with venv is needed (Debian: apt-get install python3 python3-venv).' >&2; exit 1; \
		fi; \
		echo "Making .venv with $$python ..."; \
		$$python -m venv --clear .venv; \
	fi
	@[ -x .venv/bin/uv ] || $(PY) -m pip install --quiet uv==$(UV_VERSION)

# $(call install,LOCK FILES): install them, unless the very same were installed last time.
define install
	@sum=$$(cat $(1) | cksum); stamp=.venv/$(lastword $(1)).installed; \
	if [ "$$sum" != "$$(cat $$stamp 2>/dev/null)" ]; then \
		echo "Installing $(1) ..."; \
		.venv/bin/uv pip install --quiet --python $(PY) --require-hashes $(addprefix -r ,$(1)) && echo "$$sum" > $$stamp; \
	fi
endef

runtime: venv
	$(call install,requirements.txt)
	@ln -sfn ../../bin/artdag .venv/bin/artdag

dev: runtime
	$(call install,requirements.txt requirements-dev.txt)

chromium:
	@found() { command -v chromium || command -v chromium-browser || command -v google-chrome; }; \
	if ! found >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'Installing Chromium for the browser tests ...'; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >/dev/null; \
	fi; \
	found >/dev/null || echo '*** NO CHROMIUM FOUND: THE BROWSER TESTS ARE SKIPPED ***'
