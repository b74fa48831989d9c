# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations written by hand into variables, and back: nothing may be different."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._adopt import (
    QUOTED_OPTIONS,
    QUOTED_PARAMETERS,
    Adopted,
    adopt,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._adopt_pair import by_hand
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd_conf import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drift import compare
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.texts import ONE, TWO
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils.test_variables import OMAPI, rendered

HERE = Path(__file__).parent
TEMPLATES = HERE.parents[1] / "roles/dhcp_server"
ROLE = HERE.parents[3] / "roles/dhcp_server"
INCLUDES = {
    "/etc/dhcp/relationships.conf": (HERE / "fixtures/relationships.conf").read_text(),
    OMAPI: 'key omapi_key { algorithm hmac-sha256; secret "AAAAAAAAAAAAAAAAAAAAAA=="; };\n'
    "omapi-port 7911;\nomapi-key omapi_key;\n",
}
FILES = sorted([*HERE.glob("fixtures/*.conf"), *TEMPLATES.glob("*.conf"), *TEMPLATES.glob("golden/*.dhcpd.conf")])
TEXTS = {**{path.name: path.read_text() for path in FILES}, "one": ONE, "two": TWO}


def same_again(text: str, name: str = "one") -> Adopted:
    """Adopt a text, and see that its variables, and the file that the role writes of them, mean the same."""
    found = adopt(name, text, INCLUDES)
    halves = [by_hand(half) for half in found.halves]
    assert found.differences(halves) == []
    written = rendered({**found.variables, "name": name, "failover": halves})
    again = read_server(name, written, {**INCLUDES, **({} if found.live.omapi else {OMAPI: ""})})
    assert compare(found.live, again) == [], written
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_a_whole_file_means_the_same_as_its_variables(name: str) -> None:
    assert same_again(TEXTS[name]).variables or name == "relationships.conf"
