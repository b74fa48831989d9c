# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make release` refuses. tests/system/test_collection.py releases a clone."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.tests.tools.release import objections

READY: dict[str, Any] = {
    "version": "1.2.3",
    "releases": {"1.2.2": {}, "1.2.3": {}},
    "page": "<a id=x></a>\n## v1\\.2\\.3\n",
    "fragments": [],
    "changed": "",
    "tags": ["1.2.2", "hostbase"],
}


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, None),
        ({"version": "1.2.3-rc.1", "releases": {"1.2.3-rc.1": {}}, "page": "\n## v1\\.2\\.3\\-rc\\.1\n"}, None),
        ({"version": "1.2", "releases": {"1.2": {}}, "page": "\n## v1\\.2\n"}, "1.2 is no version like 1.2.3"),
        ({"releases": {"1.2.2": {}}}, "changelog.yaml has no release 1.2.3. Run make changelog"),
        ({"page": "## v1\\.2\\.2\n"}, "CHANGELOG.md does not show 1.2.3"),
        ({"fragments": ["tls.yml"]}, "Not in the changelog yet: tls.yml"),
        ({"changed": " M README.md"}, "These files are not committed:\n M README.md"),
        ({"tags": ["1.2.3"]}, "There is a tag 1.2.3 already"),
    ],
)
def test_objections(changes: dict[str, Any], expected: str | None) -> None:
    found = objections(**{**READY, **changes})
    assert len(found) == (0 if expected is None else 1)
    assert expected is None or expected in found[0]
