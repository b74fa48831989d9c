# Every command of this project; `make help` lists them.
$(if $(filter oneshell,$(.FEATURES)),,$(error GNU make 4 or later is needed, and this is $(MAKE_VERSION). On macOS: brew install make, then gmake))
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
LAB ?= nspawn
# What a new lab is made with: dhcpd or kea, and the Debian release. A lab that exists keeps both.
DAEMON ?=
RELEASE ?=
$(if $(filter-out dhcpd kea,$(DAEMON)),$(error DAEMON is dhcpd or kea, not $(DAEMON)))
INVENTORY := inventories/$(LAB)
# Supported in addition to the ansible-core of requirements.in; tests/system/test_cores.py runs them.
CORES := 2.20 2.21
# Extra arguments for the command, for instance ARGS='--check --diff'.
ARGS ?=

export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
# Otherwise Ansible prefers a copy of this collection that is installed for the user.
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.cache/tree
# Keep the virtual environment's Python away from other trees.
unexport PYTHONPATH PYTHONHOME
# Keep what Python compiled, outside the tree. Otherwise each process of Ansible may compile the collection again.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/pycache

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- the environment -----------------------------------------------------------------------------------------

# $(1): lock file, $(2): stamp. The checkout is linked in as the collection netlab.dhcp_failover, so playbooks, roles,
# modules and Python imports find the working tree without a search path.
define install
	if [ -e $(VENV) ] && [ ! -w $(VENV) ]; then
		echo "You may not write to $(VENV), which another user made, perhaps by sudo make lab. Take it over: sudo chown -R $$(id -un) $(VENV) .cache" >&2
		exit 1
	fi
	[ -x $(BIN)/pip ] || $(PYTHON) -m venv $(VENV)
	echo "Installing $(1) into $(VENV) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
	for tree in $$site $(CURDIR)/.cache/tree; do
		mkdir -p $$tree/ansible_collections/netlab
		ln -sfn $(CURDIR) $$tree/ansible_collections/netlab/dhcp_failover
	done
	touch $(2)
	echo "Installed $(1) in $$SECONDS s."
endef

$(VENV)/.run: requirements.txt
	@$(call install,requirements.txt,$@)

$(VENV)/.dev: requirements-dev.txt requirements.txt
	@$(call install,requirements-dev.txt,$(VENV)/.run)
	touch $@

$(VENV)/.fuzz: requirements-fuzz.txt $(VENV)/.dev
	@$(call install,requirements-fuzz.txt,$@)

.PHONY: venv
venv: $(VENV)/.dev ## Make the virtual environment with every tool, from the lock files

.PHONY: lock
lock: ## Write the lock files again from requirements*.in (needs uv on PATH)
	@compile='uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --upgrade'
	eval "$$compile -p 3.11 requirements.in -o requirements.txt"
	eval "$$compile -p 3.11 requirements-dev.in -o requirements-dev.txt"
	for core in $(CORES); do
		echo "ansible-core~=$$core.0" | eval "$$compile -p 3.12 requirements-core.in - -o requirements-core-$$core.txt"
	done
	eval "$$compile -p 3.11 requirements-fuzz.in -o requirements-fuzz.txt"
	eval "$$compile -p 3.11 --no-deps requirements-axe.in -o requirements-axe.txt"

# --- the lab -------------------------------------------------------------------------------------------------

# Each playbook ends with its ten slowest steps, and the seconds of all.
PLAY = PROFILE_TASKS_SUMMARY_ONLY=true PROFILE_TASKS_TASK_OUTPUT_LIMIT=10 ANSIBLE_CALLBACKS_ENABLED=ansible.posix.profile_tasks \
	$(BIN)/ansible-playbook -i $(INVENTORY) $(DAEMON:%=-e lab_daemon=%) $(RELEASE:%=-e lab_release=%)

# For the labs of this project, which are on this host.
.PHONY: preflight
preflight:
	@$(if $(filter nspawn kvm,$(LAB)),$(PYTHON) tests/tools/preflight.py $(LAB))

# Only root may read the key of such a lab, and ssh would speak of host keys instead.
.PHONY: root
root:
	@if [ $$(id -u) != 0 ] && [ -n "$(filter nspawn kvm,$(LAB))" ]; then
		echo "Only root may log in to the lab's machines. Run it as root, or with sudo: sudo make $(MAKECMDGOALS)" >&2
		exit 1
	fi

.PHONY: lab
lab: preflight $(VENV)/.run ## Build the lab, deploy the pair, lease an address, print the summary (root; DAEMON=kea, RELEASE=trixie)
	@$(PLAY) playbooks/site.yml $(ARGS)

.PHONY: lab-down
lab-down: root $(VENV)/.run ## Remove everything that the lab made, and nothing else (root)
	@$(PLAY) playbooks/lab_down.yml $(ARGS)

.PHONY: migrate
migrate: root $(VENV)/.run ## Move the lab's pair from dhcpd to Kea while it serves (ARGS=--check shows the plan)
	@$(PLAY) -e lab_daemon=kea playbooks/migrate.yml playbooks/lab_record.yml $(ARGS)

.PHONY: migrate-back
migrate-back: root $(VENV)/.run ## Move the lab's pair from Kea back to dhcpd
	@$(PLAY) -e lab_daemon=dhcpd playbooks/migrate_back.yml playbooks/lab_record.yml $(ARGS)

.PHONY: status
status: root $(VENV)/.run ## Show every pair with its health; fail unless all are healthy (ARGS='-e status_html=FILE')
	@$(PLAY) playbooks/status.yml $(ARGS)

.PHONY: verify
verify: root $(VENV)/.run ## Run the failover test of the exercise on the running lab (root)
	@$(PLAY) playbooks/verify.yml $(ARGS)

.PHONY: drift
drift: root $(VENV)/.run ## Compare the servers with the inventory (ARGS='-e drift_fail=false')
	@$(PLAY) playbooks/drift.yml $(ARGS)

.PHONY: adopt
adopt: root $(VENV)/.run ## Turn hand-written configurations into variables, in adopted/ (ARGS='-e adopt_output=FOLDER')
	@$(PLAY) playbooks/adopt.yml $(ARGS)

.PHONY: drill
drill: root $(VENV)/.run ## Break the running lab on purpose, and judge what its clients saw (root; ALL=1 runs every scenario)
	@$(PLAY) playbooks/drill.yml $(if $(ALL),-e drill_all=true) $(ARGS)

# --- checks --------------------------------------------------------------------------------------------------

.PHONY: check
check: $(VENV)/.dev ## Run the linters and unit tests, in under a minute
	@$(BIN)/pytest -n 2 tests/system/test_lint.py tests/unit

.PHONY: test
test: $(VENV)/.dev ## Run every check, with one verdict at the end (root; less than an hour)
	@$(BIN)/pytest -v -n 3 --durations=40 tests/unit tests/system

.PHONY: test-hosts
test-hosts: $(VENV)/.dev ## Run the lab on Debian 12 and 13 with systemd: a drill, firewalls, a container of Docker (root)
	@HOSTS=all $(BIN)/pytest -v tests/system/test_systemd_host.py

.PHONY: fuzz
fuzz: $(VENV)/.fuzz ## Try 1000 new examples of every property, then run Atheris on every parser (ARGS='--seconds 600 configuration': only this)
	@$(if $(ARGS),,EXAMPLES=1000 $(BIN)/pytest -m hypothesis tests/unit)
	$(BIN)/python tests/fuzz/fuzz.py $(ARGS)

.PHONY: molecule
molecule: $(VENV)/.dev ## Run molecule, for instance ARGS='converge -s deploy' (root; 'create' first, 'destroy' last)
	@PATH=$(BIN):$$PATH MOLECULE_GLOB='molecule/*/molecule.yml' molecule $(ARGS)

.PHONY: bench
bench: $(VENV)/.dev ## Print figures for docs/benchmarks.md (ARGS='--dhcpd FILE' names the daemon)
	@$(BIN)/python tests/bench/validate.py $(ARGS)
	echo
	$(BIN)/python tests/bench/leases.py
	echo
	$(BIN)/python tests/bench/migration.py
	echo
	$(BIN)/python tests/bench/addresses.py

.PHONY: bench-rollout
bench-rollout: $(VENV)/.run ## Measure deployments of one pair: seconds, and exchanges that clients lose (root; ARGS='--peer ROLE')
	@$(BIN)/python tests/bench/rollout.py $(ARGS)

.PHONY: bench-estate
bench-estate: $(VENV)/.run ## Measure 1, 5 and 20 pairs: the lab, and deployments (root; ARGS='--pairs 1 3 --daemon kea')
	@$(BIN)/python tests/bench/estate.py $(ARGS)

.PHONY: bench-drill
bench-drill: $(VENV)/.run ## Run the exercise's drill 20 times on the running lab: verdicts, and how its times spread (root)
	@$(BIN)/python tests/bench/drill.py --inventory $(INVENTORY) $(ARGS)

.PHONY: bench-migrate
bench-migrate: $(VENV)/.run ## Move the running lab's pair to Kea and back ten times: how long nobody answers, what clients lose (root)
	@$(BIN)/python tests/bench/migrate.py --inventory $(INVENTORY) --extra '-e lab_daemon=kea -e failover_server=dhcp_server1' $(ARGS)

.PHONY: rules
rules: $(VENV)/.dev ## Generate docs/rules.md from the rules
	@$(BIN)/python tests/tools/rules_reference.py > docs/rules.md.new
	mv docs/rules.md.new docs/rules.md

.PHONY: oracle
oracle: $(VENV)/.dev ## Record what the real daemons say about the samples in tests/oracle (DHCPD=FILE, KEA=FOLDER; root)
	@$(BIN)/python tests/oracle/syntax.py record
	$(BIN)/python tests/oracle/leases.py record
	$(BIN)/python tests/oracle/effect.py record
	if [ -n "$${KEA:-}" ]; then
		$(BIN)/python tests/oracle/kea.py record
		$(BIN)/python tests/oracle/both.py record
	fi

# One source tree: the pages of docs/, and the reference that antsibull-docs generates from modules, filters and roles.
.PHONY: docs
docs: $(VENV)/.dev ## Build the documentation site, in .cache/docs/html
	@rm -rf .cache/docs
	mkdir -p .cache/docs/source/reference
	cp -R docs/. docs/docsite/conf.py docs/docsite/search.js .cache/docs/source
	rm -r .cache/docs/source/docsite
	install -D -m 0644 docs/docsite/site.css .cache/docs/source/_static/site.css
	install -D -m 0644 CONTRIBUTING.md .cache/docs/source/contributing.md
	for role in $(notdir $(wildcard roles/*)); do install -D -m 0644 roles/$$role/README.md .cache/docs/source/roles/$$role.md; done
	PATH=$(BIN):$$PATH antsibull-docs collection --use-current --squash-hierarchy --dest-dir .cache/docs/source/reference netlab.dhcp_failover
	$(BIN)/sphinx-build --quiet --fail-on-warning --jobs auto .cache/docs/source .cache/docs/html
	echo "file://$(CURDIR)/.cache/docs/html/index.html"

.PHONY: build
build: $(VENV)/.dev ## Build the collection artifact, in dist/; the same files make the same artifact
	@$(BIN)/python tests/tools/build.py dist

.PHONY: changelog
changelog: $(VENV)/.dev ## Write CHANGELOG.md from changelogs/, for the version in galaxy.yml
	@PATH=$(BIN):$$PATH antsibull-changelog release --reload-plugins --update-existing
	rm -f changelogs/.plugin-cache.yaml

.PHONY: release
release: $(VENV)/.dev ## Release the version in galaxy.yml: check the changelog, build the artifact, tag the commit
	@$(BIN)/python tests/tools/release.py

.PHONY: clean
clean: ## Remove caches, artifacts and the virtual environment (not the lab: make lab-down)
	@rm -rf $(VENV) .cache dist .mypy_cache .pytest_cache .ruff_cache
