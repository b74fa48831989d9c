# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.evidence import complete, table
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import judge
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.report import junit, page


def reading(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function as a filter: what its records lack is told in Ansible's way."""

    def read(drill: Mapping[str, Any], *more: Any) -> Any:
        try:
            return function(drill, *more)
        except ValueError as error:
            raise AnsibleFilterError(f"{name}: {error}") from error
        except (AttributeError, KeyError, TypeError) as error:
            raise AnsibleFilterError(
                f"{name}: the drill's records are not as docs/drill/probe.md has them: {error!r}"
            ) from error

    return read


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        functions: dict[str, Callable[..., Any]] = {
            "drill_evidence": complete,
            "drill_judge": judge,
            "drill_junit": junit,
            "drill_page": page,
            "drill_table": table,
        }
        return {name: reading(function, name) for name, function in functions.items()}
