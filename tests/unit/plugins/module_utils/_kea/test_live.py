# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a configuration that leaves its host: everything except comments and secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.reader import Reader
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import control
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.live import HIDDEN, collect, without_secrets
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.substitute import Substitute

SECRET = "s3cret-s3cret"  # noqa: S105 - what must not be found again


@pytest.mark.parametrize(
    "text",
    [
        f'{{"password": "{SECRET}"}}',
        f'{{"basic-auth-password"\n:\n"{SECRET}", "x": 1}}',
        f'{{"pass\\u0077ord": "{SECRET}"}}',
        f'{{"Secret": ["{SECRET}", {{"a": "{SECRET}"}}]}}',
        f'{{"password": {SECRET}}}',
        f'{{"password": "{SECRET}',
        f'{{"password": /* "old {SECRET}" */ "{SECRET}"}} # {SECRET}',
        f'{{"a": "unclosed\n"password": "{SECRET}"}}',
        f'{{"a": "//", "password": "{SECRET}", "b": "{SECRET}"}} // {SECRET}',
        f'{{"a": "\\\\", "password": "{SECRET}"}} /* {SECRET}\n{SECRET}',
    ],
)
def test_no_secret_is_left(text: str) -> None:
    found, _includes = collect(text, lambda _name: None)
    assert SECRET not in found
    assert SECRET[:8] not in found
    assert found.count("\n") == text.count("\n")


def test_the_rest_is_as_it_was() -> None:
    text = (
        '{"a": "# no // comment", "user": "kea",\n  "basic-auth-password-file": "/etc/kea/pw", "n": [1, 2.5, true]}\n'
    )
    assert collect(text, lambda _name: None) == (text, {})


def test_included_files_lose_their_secrets() -> None:
    files = {
        "a": '"x": <?include "b"?> # comment',
        "b": f'{{"password": "{SECRET}"}}',
        "only": f'"{SECRET}"',
    }
    text, includes = collect('{<?include "a"?>, "password": <? include "only" ?>, <?include "gone"?>}', files.get)
    assert text == '{<?include "a"?>, "password": <? include "only" ?>, <?include "gone"?>}'
    assert includes == {"a": '"x": <?include "b"?> ', "b": f'{{"password": "{HIDDEN}"}}', "only": f'"{HIDDEN}"'}


def test_the_daemons_own_answer_loses_its_secrets_too() -> None:
    answer = {"Dhcp4": {"hosts-database": {"password": SECRET, "user": "kea"}, "list": [{"secret": SECRET}]}}
    found = without_secrets(answer)
    assert SECRET not in json.dumps(found)
    assert found["Dhcp4"]["hosts-database"]["user"] == "kea"


def test_what_runs_is_asked_unless_copies_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kea = Substitute(tmp_path)
    monkeypatch.setattr(control, "is_running", lambda: kea.runs)
    kea.running = {**kea.running, "hosts-database": {"type": "mysql", "password": SECRET}}
    with kea:
        found = kea.control.live(Reader())
        assert found.running is not None
        assert SECRET not in found.running
        assert json.loads(found.running)["Dhcp4"]["hosts-database"] == {"type": "mysql", "password": HIDDEN}
        assert json.loads(found.config or "")["Dhcp4"] == {
            name: value for name, value in kea.running.items() if name != "hosts-database"
        }
        asked = len(kea.commands)
        assert kea.control.live(Reader(str(tmp_path))).running is None
        assert len(kea.commands) == asked
        kea.runs = False
        assert kea.control.live(Reader()).running is None
    kea.runs = True
    with pytest.raises(ControlError, match="kea-dhcp4"):  # it runs, but does not answer
        kea.control.live(Reader())
