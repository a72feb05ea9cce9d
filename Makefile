# The short way in. CMake does the work and can be used without make: cmake --preset dev && cmake --build --preset dev

BUILD  := build
UNITY  ?= OFF
JOBS   ?= $(shell nproc)
PREFIX ?= /usr/local

# Both are used where they are there; neither is needed.
ifneq ($(shell command -v ninja),)
export CMAKE_GENERATOR ?= Ninja
endif
ifneq ($(shell command -v ccache),)
export CMAKE_CXX_COMPILER_LAUNCHER ?= ccache
endif

.DEFAULT_GOAL := help
.PHONY: help setup configure build test demo bench torture install clean fmt tidy

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what the build needs from the distribution, if something is missing
	@.ci/setup

configure: setup
	@cmake --preset dev -B $(BUILD) -D WX_UNITY=$(UNITY) --log-level=WARNING >/dev/null

build: configure ## compile all into build/ (programs in build/bin, a release in build/release)
	@cmake --build $(BUILD) --parallel $(JOBS)

test: build ## unit, architecture and system tests (the latter against a real systemd, in the sandbox)
	@ctest --test-dir $(BUILD) -j2 --output-on-failure --no-tests=error -L '^(unit|architecture|system)$$'

demo: configure ## show a rollout and a rollback from beginning to end; compiles what it needs, the tests not
	@cmake --build $(BUILD) --parallel $(JOBS) --target demo

bench: build ## measure what the README claims about speed
	@cmake --build $(BUILD) --target bench

torture: build ## kill, starve and break rollouts for longer than the tests do
	@cmake --build $(BUILD) --target torture

install: build ## install below PREFIX (/usr/local), staged in DESTDIR if set
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## remove what was built
	@rm -rf $(BUILD) build-release build-asan build-tsan build-tidy

fmt: ## format all sources; needs clang-format
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format -i

tidy: setup ## look for bug patterns in the programs; needs clang-tidy
	@cmake --preset dev -B build-tidy -D WX_UNITY=ON -D WX_TESTS=OFF -D WX_PRECOMPILE=OFF --log-level=WARNING >/dev/null
	@jq --raw-output '.[].file' build-tidy/compile_commands.json | xargs -P $(JOBS) -n 1 clang-tidy --quiet -p build-tidy \
	  2>build-tidy/clang-tidy.log || { grep -v 'generated\.$$' build-tidy/clang-tidy.log; exit 1; }
