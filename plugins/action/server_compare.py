# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""server_compare, with the controller's clock read before and after, as in failover_info."""

from __future__ import annotations

from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.action import failover_info


class ActionModule(failover_info.ActionModule):
    @staticmethod
    def answer(result: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = result.get("status", {})
        return found
