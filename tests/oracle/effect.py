# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The effect oracle: compares the real dhcpd's offers with `settings()` for clients of generated configurations.

effect.py record         ask the real dhcpd (DHCPD names it; needs root) about every sample, and write effect.jsonl
effect.py search A B     ask it about the samples with these numbers, and show differences from ours, made small
effect.py show NAME      show a sample's text, its clients, and their offers
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import effect_daemon
from effect_cases import CASES
from effect_daemon import Answer, Daemon, RefusedError
from effect_model import Judge
from effect_samples import COUNT, FENCE, HEAD, Sample, sample
from effect_shrink import shrunk

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.packet import NOWHERE

# The parts of an offer besides its options, and their defaults.
_FIELDS = {"next": NOWHERE, "server": "", "file": ""}
RECORD = Path(__file__).resolve().with_suffix(".jsonl")


class Entry(NamedTuple):
    """A line of the record: `digest` is of the sample's text and clients; None means no answer."""

    digest: str
    answers: list[Answer | None]


def samples() -> dict[str, Sample]:
    """Samples that failed once, then the generated ones."""
    found = [*CASES, *map(sample, range(COUNT))]
    return {item.name: item for item in found}


def digest(item: Sample) -> str:
    classes = [item.classes(client) for client in item.clients]
    return hashlib.sha256(repr((item.text, item.clients, classes)).encode()).hexdigest()[:12]


def read_record() -> dict[str, Entry]:
    lines = map(json.loads, RECORD.read_text().splitlines())
    return {name: Entry(digest, [text and unpacked(text) for text in answers]) for name, digest, *answers in lines}


def packed(answer: Answer) -> str:
    """An answer as it is recorded: on one line, without empty parts."""
    fields = [f"{name}={answer[name]}" for name in _FIELDS if answer[name] != _FIELDS[name]]
    return " ".join([answer["address"], *fields, *(f"{code}={value}" for code, value in answer["options"].items())])


def unpacked(text: str) -> Answer:
    address, *words = text.split(" ")
    pairs = dict(word.split("=", 1) for word in words)
    fields = {name: pairs.pop(name, nothing) for name, nothing in _FIELDS.items()}
    return {"address": address, **fields, "options": pairs}


def ask_all(dhcpd: str | Path, items: Mapping[str, Sample]) -> dict[str, Entry]:
    with effect_daemon.running(dhcpd) as daemon:
        return {name: Entry(digest(item), daemon.answers(item.text, item.clients)) for name, item in items.items()}


def differences(items: Mapping[str, Sample], record: Mapping[str, Entry]) -> Iterator[str]:
    for name, item in items.items():
        for difference in Judge(item).differences(record[name].answers):
            yield f"{name}: {difference}"


# --- by hand --------------------------------------------------------------------------------------------------------


def _write(dhcpd: str) -> None:
    record = ask_all(dhcpd, samples())
    lines = [
        json.dumps([name, entry.digest, *(answer and packed(answer) for answer in entry.answers)])
        for name, entry in record.items()
    ]
    RECORD.write_text("\n".join(lines) + "\n")


def _asked(daemon: Daemon, item: Sample) -> list[str]:
    try:
        return Judge(item).differences(daemon.answers(item.text, item.clients))
    except (RefusedError, TimeoutError):
        return []  # a server with this configuration serves no client


def _kind(difference: str) -> str:
    """The kind of difference, whatever the values."""
    text = re.sub(r"^client \d+: ", "", difference)
    return re.sub(r"(option \d+|\w+)( is None)?.*?(say None)?$", r"\1\2\3", text)


def _search(dhcpd: str, first: int, last: int) -> None:
    with effect_daemon.running(dhcpd) as daemon:
        for number in range(first, last):
            found = _asked(daemon, sample(number))
            if not found:
                continue
            kind = _kind(found[0])
            small = shrunk(sample(number), lambda item, kind=kind: kind in map(_kind, _asked(daemon, item)))  # type: ignore[misc]
            print(f"=== {number}", *_asked(daemon, small), _shown(small), sep="\n")


def _shown(item: Sample) -> str:
    text = item.text.replace(HEAD, "").replace(FENCE, "")
    return "\n".join([text, *(f"{client}\n  in {item.classes(client)}" for client in item.clients)])


def main(verb: str, *words: str) -> None:
    dhcpd = os.environ.get("DHCPD", "/usr/sbin/dhcpd")
    if verb == "record":
        _write(dhcpd)
    elif verb == "search":
        _search(dhcpd, *map(int, words))
    else:
        for name in words:
            print(_shown(samples()[name]), *read_record()[name].answers, sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
