# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import moves
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.evidence import complete, table
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import judge
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.report import junit, view
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._pages import render


def drill_report(drill: Mapping[str, Any]) -> dict[str, Any]:
    try:
        journals = (drill.get("journals") or {}).items()
        moved = {host: moves(text.splitlines(), drill["relationship"]) for host, text in journals}
        judged = judge(complete(drill, moved))
        return {
            "ok": judged["ok"],
            "failed": [entry["name"] for entry in judged["scenarios"] if not entry["ok"]],
            "lines": table(judged),
            "html": render("drill", **view(judged)),
            "junit": junit(judged),
            "record": judged,
        }
    except ValueError as error:
        raise AnsibleFilterError(f"drill_report: {error}") from error
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"drill_report: the drill's records are not as docs/drill/probe.md describes them: {error!r}"
        ) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"drill_report": drill_report}
