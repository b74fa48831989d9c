# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import PlanError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.tree_plan import (
    build_complaints,
    host_apt_options,
    make_tree,
)


def tree(**changes: Any) -> Any:
    given: dict[str, Any] = {
        "release": "bookworm",
        "packages": ["systemd", "python3"],
        "prefetch": [],
        "mirror": "",
        "apt_options": [],
        "mmdebstrap_options": [],
    }
    return make_tree(**{**given, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"packages": ["systemd"]},
        {"prefetch": ["isc-dhcp-server"]},
        {"mirror": "http://mirror.example/debian"},
        {"apt_options": ['Acquire::http::Proxy "http://proxy.example"']},
        {"mmdebstrap_options": ["--verbose"]},
        {"release": "trixie"},
    ],
)
def test_a_tree_from_other_parameters_has_another_name(changes: dict[str, Any]) -> None:
    assert tree(**changes).name != tree().name


def test_a_tree_from_the_same_parameters_has_the_same_name() -> None:
    assert tree(packages=["python3", "systemd", "python3"]).name == tree().name
    assert tree().name.startswith("bookworm-")


def test_without_a_mirror_mmdebstrap_chooses() -> None:
    assert tree().command("/t")[-2:] == ["bookworm", "/t"]
    assert tree(mirror="http://m.example").command("/t")[-3:] == ["bookworm", "/t", "http://m.example"]


@pytest.mark.parametrize(
    "changes", [{"packages": ["systemd; rm -rf /"]}, {"prefetch": ["$(id)"]}, {"release": "../bookworm"}]
)
def test_names_with_shell_characters_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        tree(**changes)


def test_the_host_s_apt_settings_that_a_machine_needs() -> None:
    dump = """\
APT::Architecture "amd64";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::http "";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::http::Proxy-Auto-Detect "/usr/local/bin/find-proxy";
Acquire::https::mirror.example::SslCert "/etc/ssl/me.pem";
Acquire::https::Timeout "10";
"""
    assert host_apt_options(dump) == [
        'Acquire::Check-Valid-Until "false"',
        'Acquire::http::Proxy "http://proxy.example:3128"',
        'Acquire::https::Timeout "10"',
    ]


def test_the_cause_is_the_first_complaint() -> None:
    output = "I: running\nGet:1 http://x\nE: No space left\n" + "tar: cannot write\n" * 300 + "E: mmdebstrap failed\n"
    told = build_complaints(output)
    assert told.startswith("E: No space left | tar: cannot write")
    assert told.endswith("E: mmdebstrap failed")
    assert len(told) < 300
