# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The syntax oracle: small configurations, with the verdicts of the real dhcpd and of the validator.

syntax.py record    ask the real dhcpd (DHCPD names it) about every sample, and write syntax.tsv
syntax.py list      show where ours differs from the record, with dhcpd's message (further words: parts of names)
syntax.py show NAME show the text of samples, with both answers
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from jinja2 import TemplateError

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.declared import read_variables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import RULES, check
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import dhcpd_conf

FOLDER = Path(__file__).resolve().parent
RECORD = FOLDER / "syntax.tsv"
EXCEPTIONS = FOLDER / "syntax_exceptions.tsv"

TAKEN, WARNED, REJECTED = "taken", "warned", "rejected"

# dhcpd prints these whatever the configuration says.
_BANNER = re.compile(
    r"Internet Systems Consortium DHCP Server|Copyright |All rights reserved|For info, please visit|Config file: |"
    r"Database file: |PID file: |lease_id_format is: |option \S+ has been redefined as option"
)
# It quotes memory that it has already freed.
_FREED = re.compile(r"^OMAPI key\b.*")
# Phrases in a finding that claim a rejection by dhcpd.
_CLAIM = re.compile(
    r"dhcpd (?:would )?(?:reject|refuse|not start)|dhcpd does not allow|rejects (?:it|that)|will not start"
)
# Longer than dhcpd ever takes to answer.
_PATIENCE = 20


@dataclass(frozen=True)
class Answer:
    """dhcpd's verdict on a sample, and its first complaint. `digest` is of the sample itself."""

    verdict: str
    digest: str
    message: str

    @property
    def rejected(self) -> bool:
        return self.verdict == REJECTED


@dataclass(frozen=True)
class Sample:
    """A configuration: the text of a dhcpd.conf, or a server's variables."""

    source: str | Mapping[str, Any]

    @property
    def written(self) -> bool:
        """Whether the sample is a text; others are variables."""
        return isinstance(self.source, str)

    @property
    def digest(self) -> str:
        text = self.source if isinstance(self.source, str) else json.dumps(self.source)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def text(self) -> str:
        """The text that dhcpd reads; for variables, the file that the role writes."""
        if isinstance(self.source, str):
            return self.source
        return dhcpd_conf(self.source)

    @property
    def server(self) -> Server:
        return read_server("server", self.source) if isinstance(self.source, str) else read_variables(self.source)


@lru_cache(maxsize=1)
def samples() -> Mapping[str, Sample]:
    """Every sample by name."""
    from syntax_tables import everything

    found: dict[str, Sample] = {}
    for name, source in everything():
        assert name not in found, f"two samples are called {name}"
        found[name] = Sample(source)
    return found


# --- dhcpd's side -------------------------------------------------------------------------------------------------


def ask(dhcpd: Path, sample: Sample, folder: Path) -> Answer:
    """The answer of this dhcpd to a sample."""
    digest = sample.digest
    try:
        text = sample.text
    except (TypeError, ValueError, AttributeError, TemplateError, AnsibleError):
        return Answer(REJECTED, digest, "(the role cannot write the file)")
    paths = {option: folder / name for option, name in {"-cf": "c", "-lf": "leases", "-pf": "pid"}.items()}
    paths["-cf"].write_bytes(text.encode())
    paths["-lf"].touch()
    words = [word for option, path in paths.items() for word in (option, str(path))]
    try:
        done = subprocess.run([dhcpd, "-4", "-t", *words], capture_output=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Answer(REJECTED, digest, "(never ends)")
    # Line numbers in a file that the role writes do not matter.
    place = re.compile(rf"^{re.escape(str(paths['-cf']))} {'' if sample.written else '(?:line [0-9]+: )?'}")
    lines = [
        place.sub("", line).strip()
        for line in done.stderr.decode(errors="replace").splitlines()
        if line.strip() and not _BANNER.match(line)
    ]
    if done.returncode:
        # A crash prints no message; the status of a killed process is negative.
        message = lines[0] if lines and done.returncode > 0 else "(crashes)"
        return Answer(REJECTED, digest, _FREED.sub("OMAPI key ...: not found", message.replace("\t", " ")))
    warning = next((line for line in lines if line.lower().startswith("warning")), "")
    return Answer(WARNED if warning else TAKEN, digest, warning)


def ask_all(dhcpd: Path, asked: Mapping[str, Sample]) -> dict[str, Answer]:
    """The answers of this dhcpd to many samples, two at a time."""
    with tempfile.TemporaryDirectory(prefix="oracle-") as name, ThreadPoolExecutor(2) as pool:
        # A copy: an AppArmor profile would be about the installed path.
        copy = Path(shutil.copy(dhcpd, name))

        def one(item: tuple[int, Sample]) -> Answer:
            folder = Path(name, str(item[0]))
            folder.mkdir()
            answer = ask(copy, item[1], folder)
            shutil.rmtree(folder)
            return answer

        return dict(zip(asked, pool.map(one, enumerate(asked.values())), strict=True))


def read_record() -> dict[str, Answer]:
    rows = (line.split("\t") for line in RECORD.read_text().splitlines())
    return {name: Answer(verdict, digest, message) for name, verdict, digest, message in rows}


def write_record(answers: Mapping[str, Answer]) -> None:
    rows = (f"{name}\t{a.verdict}\t{a.digest}\t{a.message}\n" for name, a in sorted(answers.items()))
    RECORD.write_text("".join(rows))


# --- our side -----------------------------------------------------------------------------------------------------


def may_be_rejected(finding: Finding) -> bool:
    """Whether a finding is an error of a kind for which dhcpd may reject a configuration."""
    return finding.severity is Severity.ERROR and "rejected" in RULES[finding.slug].check


def claims(finding: Finding, of_text: bool) -> bool:
    """Whether a finding says that dhcpd rejects this: by its rule, or in its message, even if it is only a warning.

    Variables are our own language and may be stricter: a finding about the form of a value claims nothing about dhcpd.
    """
    by_rule = finding.severity is Severity.ERROR and RULES[finding.slug].check.startswith("rejected")
    if by_rule and (of_text or finding.slug != "declaration-invalid"):
        return True
    return _CLAIM.search(f"{finding.message} {finding.hint}") is not None


def ours(sample: Sample) -> list[Finding]:
    """Our verdict on a sample."""
    return list(check([sample.server]))


@dataclass(frozen=True)
class Mismatch:
    """A sample on which we disagree with dhcpd."""

    name: str
    answer: Answer
    findings: tuple[Finding, ...]

    @property
    def false_alarm(self) -> bool:
        return not self.answer.rejected

    def __str__(self) -> str:
        if self.false_alarm:
            return f"{self.name}: dhcpd takes it; we say: {self.findings[0]}"
        return f"{self.name}: we say nothing; dhcpd: {self.answer.message}"


def differences(asked: Mapping[str, Sample], record: Mapping[str, Answer]) -> Iterator[Mismatch]:
    for name, sample in asked.items():
        answer = record.get(name)
        if answer is None or answer.digest != sample.digest:
            continue  # another test reports that the record is old
        found = ours(sample)
        if answer.rejected and not any(map(may_be_rejected, found)):
            yield Mismatch(name, answer, ())
        elif not answer.rejected:
            wrong = tuple(one for one in found if claims(one, sample.written))
            if wrong:
                yield Mismatch(name, answer, wrong)


def read_exceptions() -> dict[str, str]:
    """Samples that dhcpd rejects and we do not, each with the reason."""
    return dict(line.split("\t") for line in EXCEPTIONS.read_text().splitlines() if not line.startswith("#"))


# --- the command --------------------------------------------------------------------------------------------------


def main(words: list[str]) -> int:
    command, parts = (words[0], words[1:]) if words else ("", [])
    asked = samples()
    if command == "record":
        sys.path.append(str(FOLDER.parent / "system"))
        from harness import find_dhcpd

        dhcpd = find_dhcpd()
        write_record(ask_all(dhcpd, asked))
        print(f"{len(asked):,} samples")
        return 0
    record = read_record()
    if command == "list":
        found = [one for one in differences(asked, record) if all(part in one.name for part in parts)]
        print(*found, f"{len(found):,} of {len(asked):,} samples", sep="\n")
        return 0
    if command == "show":
        for name, sample in asked.items():
            if any(name.startswith(part) for part in parts):
                answer = record.get(name)
                print(f"--- {name}: {answer and answer.verdict} {answer and answer.message}", sample.source, sep="\n")
                print(*_shown(ours(sample)), sep="\n")
        return 0
    print(__doc__)
    return 2


def _shown(findings: Iterable[Finding]) -> Iterator[str]:
    yield from (f"    {finding.severity.value}: {finding}" for finding in findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
