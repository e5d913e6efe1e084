# Two commands for newcomers: `make demo` and `make test`. Each sets up all it needs by itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help

DATA     ?= ../shared/data
CAMERA   ?= examples/demo/street.mp4
PLAN     ?= examples/demo/street.toml
# The network that ships; where this copy has none, one from the data folder.
SHIPPED  := detectors/weights/clearway-nano.onnx
NETWORK  ?= $(firstword $(wildcard $(SHIPPED) $(DATA)/weights/yolo11n-640.onnx) $(SHIPPED))
PORT     ?= 8080
ARGS     ?=

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: setup
setup: ## virtual environment in .venv, everything pinned
	@scripts/setup.sh dev

.PHONY: demo
demo: ## the whole walk on this machine: CAMERA=… PLAN=… NETWORK=…
	@for file in "$(PLAN)" "$(NETWORK)"; do [ -e "$$file" ] || { \
	  echo "make demo: $$file is not here. Name one that is:"; \
	  echo "  make demo NETWORK=yolo11n.onnx                       the street in examples/demo"; \
	  echo "  make demo CAMERA=my.mp4 PLAN=my.toml NETWORK=yolo11n.onnx    your own"; \
	  echo "A camera may be a file, rtsp://…, http://… or /dev/video0. docs/own-camera.md shows how to get"; \
	  echo "a network and draw a plan."; exit 1; }; done
	@scripts/setup.sh
	@.venv/bin/clearway demo --camera "$(CAMERA)" --plan "$(PLAN)" --network "$(NETWORK)" --port $(PORT) $(ARGS)

.PHONY: test
test: setup ## all tests that need nothing but this repository; ARGS=… for some of them
ifeq ($(strip $(ARGS)),)
	@.venv/bin/python -m pytest -q -n 2 --dist loadfile tests/contract tests/unit
	@.venv/bin/python -m pytest -q -n 3 --dist loadfile tests/system
else
	@.venv/bin/python -m pytest $(ARGS)
endif

.PHONY: check
check: setup ## lint, types, imports, generated files
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/python scripts/asyncapi.py --check
	@.venv/bin/python scripts/openapi.py --check

.PHONY: asyncapi
asyncapi: setup ## write docs/asyncapi.yaml anew from the records
	@.venv/bin/python scripts/asyncapi.py

.PHONY: openapi
openapi: setup ## write docs/openapi.yaml anew from the REST API
	@.venv/bin/python scripts/openapi.py

.PHONY: constraints
constraints: ## pin what is installed now
	@{ echo "# Exact versions of everything, written by make constraints. Today's install is tomorrow's."; \
	  .venv/bin/python -m pip freeze --exclude-editable --exclude setuptools | grep -v -i '^clearway'; } > constraints.txt

.PHONY: clean
clean: ## remove the environment and what tools left behind
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
