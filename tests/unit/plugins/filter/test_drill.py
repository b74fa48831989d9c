# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill's filters: from records to page; and their answers to invalid records."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.netlab.dhcp_failover.plugins.filter.drill import FilterModule

FILTERS = FilterModule().filters()
INJECTOR = {"name": "kill", "start": 1.0, "healed": 2.0, "end": 3.0, "bound": 6, "reason": "load balance"}


def test_from_records_to_page() -> None:
    judged = FILTERS["drill_judge"]({"exchanges": [], "injectors": [INJECTOR]})
    assert judged["ok"] is False
    assert FILTERS["drill_page"](judged).startswith("<!DOCTYPE html>")
    assert FILTERS["drill_junit"](judged).startswith("<?xml")


@pytest.mark.parametrize(
    "records, said",
    [
        ({"injectors": [INJECTOR]}, "drill_judge: the drill's records are not as .*KeyError\\('exchanges'\\)"),
        ({"exchanges": [], "injectors": [{**INJECTOR, "end": None}]}, 'drill_judge: injector "kill": end not given'),
        ({"exchanges": [{"kind": "acquire"}], "injectors": [INJECTOR]}, "KeyError"),
        ({"exchanges": [], "injectors": ["kill"]}, "docs/drill/probe.md"),
    ],
)
def test_invalid_records(records: dict[str, Any], said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=said):
        FILTERS["drill_judge"](records)
