# Portier. Plain `make` tells what there is.

PYTHON ?= python3
BIN := .venv/bin
SOURCES := firmware tests hardware
# How long `make test` gives the station a hard life, beside the first of its tests.
STRESS_MINUTES ?= 10
# How long `make soak` goes on, and what repeats it.
MINUTES ?= inf
SEED ?= 1
# Integration tests that run beside the others, and beside those of an installation.
# Those with a virtual card stay in one half: two JACK servers at a time are in each other's way.
FIRST_HALF := tests/integration/test_setup.py tests/integration/test_virtual_card.py
SECOND_HALF := tests/integration/test_media.py $(filter-out $(FIRST_HALF),$(sort $(wildcard tests/integration/test_[r-z]*.py)))
# AGAIN=1: where little of what is in real time failed in `make test`, it is run once more, alone; both are told.
AGAIN ?=
SECOND_LOOK = $(BIN)/python -m tests.second_look $(if $(filter 1,$(AGAIN)),--again)
# Options of `make compare`, such as --samples 20 --only press digit.
COMPARE ?=
# Or only some rows of it, such as ONLY=audio.
ONLY ?=
# Options of `make lab`, such as --list, --again, or --only "asterisk: line busy".
LAB ?=

# What a fresh Debian 12 lacks: to build pyalsaaudio, and for the tests a virtual sound card, a phone and
# a circuit simulator.
BUILD_PACKAGES := python3-venv python3-dev gcc libc6-dev libasound2-dev
TEST_PACKAGES := jackd2 libasound2-plugins libspeexdsp1 libopus0 baresip-core iproute2 openssh-client openssl systemd systemd-container ngspice dnsmasq-base udhcpc
# For the virtual Pi: the machine that emulates it, and what makes its disk.
VIRTUAL_PI_PACKAGES := qemu-system-x86 qemu-user-static e2fsprogs xz-utils
# Options of `make virtual-pi`, such as --list, --again, or --only "call: release digit".
VIRTUAL_PI ?=
# And for the lab: the phone that keeps to a script, and what makes the systems that the servers run in.
LAB_PACKAGES := sip-tester mmdebstrap openssl

# What `make wheel` builds: for this machine and this Python, without asserts, from Debian's source package.
TARGET ?= native
WHEEL := PYTHONPATH=firmware $(PYTHON) -m portier_pjsip
WHEEL_OPTIONS = --target $(TARGET) $(if $(ASSERTS),--asserts) $(if $(G729),--g729)

# `make install` and its like. The service cannot see a Python that lives in a home: it gets the system's own.
SYSTEM_PYTHON ?= /usr/bin/python3
BUNDLE_TOOL := PYTHONPATH=firmware $(PYTHON) -m portier_install
INSTALL := PYTHONPATH=firmware PYTHONDONTWRITEBYTECODE=1 $(SYSTEM_PYTHON) -m portier_install
# A call is waited for at most so long, or is cut at once.
PATIENCE = $(if $(NOW),--now) $(if $(WAIT_S),--wait-s $(WAIT_S))

.DEFAULT_GOAL := help
.PHONY: help demo test lab virtual-pi wheel bundle install uninstall purge check fix announcements drawings clean compare soak pjsip build-packages test-packages wheel-packages virtual-pi-packages

help: ## this list
	@echo "Portier, firmware of an IP door station. Commands:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.ready ## one visit on this machine, no hardware: press, call, talk, release; build/demo/report.html
	@$(BIN)/portier bench --scripted --output build/demo --report build/demo/report.html

test: .venv/.ready test-packages wheel-packages ## all tests: pure, virtual clock, real SIP, real ALSA API, a phone we did not write, an installation
	@$(BIN)/coverage erase
	@rm -rf build/looks; mkdir -p build
	@# The stress test waits most of the time: the others run beside it. So do the integration tests, in two
	@# halves; all that starts a system of its own is in the second.
	@stop() { kill $$stress $$beside 2>/dev/null || :; }; trap stop EXIT INT TERM; set -e; set -x; \
	first=0; second=0; stressed=0; \
	PORTIER_STRESS_MINUTES=$(STRESS_MINUTES) $(BIN)/python -m pytest -s tests/stress > build/stress.txt 2>&1 & \
	stress=$$!; \
	$(BIN)/coverage run -m pytest -n 2 --dist loadfile tests/unit tests/scenarios; \
	$(BIN)/coverage combine --quiet; \
	$(BIN)/coverage report --include='*/portier/core/*' --fail-under=98; \
	$(BIN)/python -m tests.noted build/looks/second.json tests/install tests/interop $(SECOND_HALF) \
		> build/install.txt 2>&1 & \
	beside=$$!; \
	$(BIN)/python -m tests.noted build/looks/first.json tests/integration $(SECOND_HALF:%=--ignore=%) \
		|| first=$$?; \
	set +x; wait $$beside || second=$$?; cat build/install.txt; \
	wait $$stress || stressed=$$?; cat build/stress.txt; \
	$(SECOND_LOOK) build/looks/first.json=$$first build/looks/second.json=$$second; exit $$stressed

wheel: ## PJSIP for this machine, or TARGET=bookworm-arm64, trixie-arm64, all; see README
	@sh .ci/packages $$($(WHEEL) packages $(WHEEL_OPTIONS))
	@$(WHEEL) build $(WHEEL_OPTIONS) $(if $(SOURCE),--source $(SOURCE))

bundle: ## all that a station is installed from, without a network; TARGET as above; build/bundles/
	@sh .ci/packages $$($(BUNDLE_TOOL) packages --target $(TARGET))
	@$(BUNDLE_TOOL) bundle --target $(TARGET) $(if $(SOURCE),--source $(SOURCE))

install: ## the station as a service of this machine, or its upgrade; from BUNDLE=..., or made here; NOW=1 cuts a call
ifndef BUNDLE
	@sh .ci/packages $$($(INSTALL) packages)
endif
	@$(INSTALL) install $(if $(BUNDLE),--bundle $(BUNDLE)) $(if $(SOURCE),--source $(SOURCE)) $(PATIENCE)

uninstall: ## remove the service and the program; configuration and data stay
	@$(INSTALL) uninstall $(PATIENCE)

purge: ## remove the configuration, the password, the data and the user, too
	@$(INSTALL) purge $(PATIENCE)

check: .venv/.ready ## format, lint and types
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy

fix: .venv/.ready ## mend what the tools can mend
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

announcements: .venv/.ready ## speak the announcements anew, with espeak-ng; texts in portier/announcements/words.py
	@sh .ci/packages espeak-ng
	@$(BIN)/python -m portier_announcements

drawings: .venv/.ready ## hardware/: the drawings, the pin table and config.txt, all from pinout.toml
	@$(BIN)/python -m hardware.draw

compare: .venv/.ready test-packages ## our station beside baresip, 50 min; build/compare/compare.json, compare.html
	@sh .ci/packages espeak-ng
	@$(BIN)/pip install --quiet --disable-pip-version-check --group rooms
	$(BIN)/python -m tests.compare $(if $(ONLY),--only $(ONLY)) $(COMPARE)

lab: .venv/.ready test-packages ## the station at Asterisk, Kamailio, baresip, SIPp and at strangers' hands; needs root; build/lab/lab.json
	@sh .ci/packages $$($(WHEEL) packages)
	@$(BIN)/python -m tests.lab $(LAB)

virtual-pi: .venv/.ready test-packages virtual-pi-packages ## the installed station on an emulated machine: kernel pins, sound, systemd; build/virtual-pi/report.json
	@$(BIN)/python -m tests.virtual_pi $(VIRTUAL_PI)

virtual-pi-packages:
	@sh .ci/packages $(VIRTUAL_PI_PACKAGES) $$($(BUNDLE_TOOL) packages --target bookworm-arm64)

soak: .venv/.ready ## a hard life for MINUTES, or until Ctrl-C; build/soak/soak.html
	$(BIN)/portier bench --stress $(MINUTES) --seed $(SEED) --output build/soak

clean: ## remove what was built, the virtual environment too
	rm -rf .venv build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/.ready: pyproject.toml | build-packages
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --editable ".[bench,echo]" --group dev
	@$(BIN)/python -m portier_pjsip present || $(MAKE) --no-print-directory pjsip
	@touch $@

# Into .venv: with asserts, as the published wheel has them, because the tests want to see every misuse.
pjsip:
	@echo "No published wheel of PJSIP is for this Python and machine: building one"
	@sh .ci/packages $$($(BIN)/python -m portier_pjsip packages)
	@$(BIN)/python -m portier_pjsip install --asserts

build-packages:
	@sh .ci/packages $(BUILD_PACKAGES)

test-packages:
	@sh .ci/packages $(TEST_PACKAGES) $(LAB_PACKAGES)

wheel-packages:
	@sh .ci/packages $$($(WHEEL) packages --target all)
