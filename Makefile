# make            build everything              make demo    hear the product work, in a minute
# make demo CHAOS=1   the same, and every primary provider dies once in mid-work
# make run        start the host                make test    every test
# make check      format, layers, schema        make bench   every benchmark (ONLY=name: one)
# make install    into PREFIX (/usr/local)      make help    all of this
#
# Every target first installs the Debian packages it misses (scripts/install).

SWIFT  ?= swift
FLAGS  := --explicit-target-dependency-import-check error
PREFIX ?= /usr/local
CONFIG ?= examples/patchbay.json
RELEASE = .build/release/patchbay

build: packages
	$(SWIFT) build $(FLAGS)

# What people run is built with optimisation; the compiler's progress goes to standard error, so that
# standard output belongs to the program.
release: packages
	@$(SWIFT) build $(FLAGS) -c release 1>&2

demo: release
	@$(RELEASE) demo $(if $(CHAOS),--chaos)

run: release
	@$(RELEASE) serve --config $(CONFIG)

# How they share the machine is in scripts/test.
test: test-packages
	$(SWIFT) build --build-tests $(FLAGS)
	scripts/test
	.build/debug/patchbay agent test examples/agents/tests/*.json

check: test-packages lint layers schema

lint:
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Plugins examples Package.swift
	scripts/lint

# An import across a layer that Package.swift does not list is a build error.
layers: test-packages
	$(SWIFT) build --build-tests $(FLAGS)
	scripts/layers

schema: layers
	scripts/schema

format:
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Plugins examples Package.swift

bench: release
	@bench/run $(ONLY)

# The thread sanitizer needs the host's symbols exported to Swift plugins.
races: test-packages
	$(SWIFT) test $(FLAGS) --disable-xctest --sanitize thread --scratch-path .build-tsan -Xlinker --export-dynamic

# Mutated input for what strangers can reach, under the address sanitizer, for FUZZ seconds.
FUZZ ?= 60
fuzz: packages
	mkdir -p .build/fuzz/corpus
	clang -g -O1 -std=c2x -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined -ISources/PluginAPI/include \
	    -I/usr/include/json-c Plugins/telephony-twilio/*.c Tests/Fuzz/telephony-twilio.c -ljson-c -lcrypto \
	    -o .build/fuzz/telephony-twilio
	cp Tests/Fuzz/corpus/* .build/fuzz/corpus/
	.build/fuzz/telephony-twilio -max_total_time=$(FUZZ) -max_len=4096 .build/fuzz/corpus

install: release
	scripts/install-files $(PREFIX)

clean:
	rm -rf .build .build-tsan

help:
	@sed -n '1,6p' Makefile

packages: ; @scripts/install build
test-packages: ; @scripts/install test && scripts/judges

.PHONY: fuzz build release demo run test check lint layers schema format bench races install clean help packages test-packages
