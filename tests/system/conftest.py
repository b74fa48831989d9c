# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test` is one pytest run: every tool is a test here, which gives one verdict and one closing line."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, started
from harness import CACHE, ROOT, Run, find_dhcpd, find_kea, runner, steps
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# First the longest, which decides how long all take. Then what finds a mistake in the code within minutes, beginning
# with the longest of it. Then the other long ones, because all workers share them, and none should start one when the
# others have finished. Then all others.
EARLY = (
    "test_dhcpd",
    *("test_sanity[default]", "test_ansible_lint", "test_ruff", "test_sanity", "test_lint.py", "unit"),
    *("test_kea", "test_kvm.py", "test_nspawn_host.py", "test_systemd_host.py", "test_kea_next.py"),
    *("test_unit", "test_collection.py"),
)
# Files whose tests take long and share nothing, so each test may run on any worker.
APART = ("test_lint.py", "test_cores.py", "test_collection.py")
# The file whose functions have a lab each, which the parameters of the function share.
LABS = "test_molecule.py"
# Files whose tests take minutes each.
LONGEST = (LABS, "test_kvm.py")


def turn(item: pytest.Item) -> int:
    """The place of a test in the order of EARLY, which has names of files, of a folder and of tests."""
    path = item.path.relative_to(ROOT / "tests")
    names = {path.name, path.parts[0], item.name, item.name.partition("[")[0]}
    return next((number for number, name in enumerate(EARLY) if name in names), len(EARLY))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=turn)
    if sum(item.name == "test_ansible_lint" for item in items) == 2:
        # test_collection.py checks all files, so the part for `make check` would be a repetition.
        items[:] = [item for item in items if not item.nodeid.endswith("test_lint.py::test_ansible_lint")]


class Schedule(LoadScopeScheduling):
    """Gives the tests of a file or a lab to one worker, in the order of the collection; those of APART to any free one.

    A worker starts a test only when it knows the next one, which then waits for it whatever other workers do. So it
    never knows more than that, and behind one of the longest waits the last of the queue, which is short.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.endswith(LABS):
            return nodeid.partition("[")[0]
        return nodeid if file.endswith(APART) else file

    def _reschedule(self, node: WorkerController) -> None:
        if not self.workqueue or self._pending_of(self.assigned_work[node]) <= 1:
            super()._reschedule(node)

    def _assign_work_unit(self, node: WorkerController) -> None:
        waits = [scope for scope, tests in self.assigned_work[node].items() if not all(tests.values())]
        if any(scope.partition("::")[0].endswith(LONGEST) for scope in waits):
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Schedule:
    config.option.loadscopereorder = False
    return Schedule(config, log)


class AtOnce:
    """Prints a failure when it happens; pytest itself prints its reason only at the end, half an hour later."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self.terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.terminal.write_line(f"\nFAILED {report.nodeid}\n{report.longreprtext}", red=True)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Show failures at once, and every minute the steps of the tests that run for longer."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not hasattr(session.config, "workerinput"):
        if session.config.getoption("numprocesses"):
            session.config.pluginmanager.register(AtOnce(reporter))

        def show() -> None:
            while True:
                since = time.time()
                time.sleep(60)
                for step in steps(CACHE / "logs", since):
                    reporter.write_line(f"... {step}")

        threading.Thread(target=show, daemon=True).start()


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """Run a command from the project's root; its log is named after the test's file and the test."""
    return runner(f"{request.path.stem}.{request.node.name}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser that all tests of a worker share."""
    try:
        with started() as found:
            yield found
    except LookupError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which a Python package brings along; that package is not installed."""
    lock = ROOT / "requirements-axe.txt"
    folder = CACHE / "axe" / hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    if not list(folder.glob("*.whl")):
        words = ["pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        done = subprocess.run(
            [sys.executable, "-m", *words, "-r", lock, "-d", folder], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"axe-core cannot be had here: {done.stderr.strip()[-300:]}")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as package:
        return package.read("axe_playwright_python/axe.min.js").decode()


@pytest.fixture(scope="session")
def dhcpd() -> Path:
    """The daemon, from wherever it can be found."""
    try:
        return find_dhcpd()
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"no dhcpd here, name one in the environment variable DHCPD; its package: {error}")


@pytest.fixture(scope="session")
def kea() -> Path:
    """The root of the newest Kea that can be found."""
    try:
        return list(find_kea().values())[-1]
    except (OSError, IndexError, subprocess.SubprocessError) as error:
        pytest.skip(f"no Kea here, name a folder of roots in the environment variable KEA; its packages: {error}")


@pytest.fixture(scope="session")
def tree() -> Path:
    """A copy of the working tree's own files at a path that ansible-test accepts."""
    # Each worker has its own copy, made new when a session begins.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    target = CACHE / f"copy-{worker}" / "ansible_collections" / "netlab" / "dhcp_failover"
    shutil.rmtree(target, ignore_errors=True)
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    # ansible-test asks git for the files. Without a repository here it would ask the outer one, which ignores .cache.
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    return target
