# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of text that the operator sees as they are."""

from __future__ import annotations

from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import callback_loader
from ansible.utils.display import Display


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no type information
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec(
            {
                "lines": {"type": "list", "elements": "str", "required": True},
                "fail": {"type": "bool", "default": False},
            }
        )
        lines = arguments["lines"]
        if not _for_people():
            result.update(lines=lines, _ansible_verbose_always=True)
        elif _format() == "yaml":
            # YAML shows a text of many lines as it is, below the name of the task.
            result.update(lines="\n".join(lines), _ansible_verbose_always=True)
        else:
            Display().display("\n".join(lines))
        if arguments["fail"]:
            result.update(failed=True, msg=lines[0] if lines else "failed")
        return result


def _for_people() -> bool:
    """Whether results are printed for people. A program reads the output of a callback that is not like the default."""
    found = callback_loader.get(constants.DEFAULT_STDOUT_CALLBACK, class_only=True)
    # There may be two classes of the default, because Ansible loads it anew for its full name.
    return any(kind.__module__.endswith(".callback.default") for kind in getattr(found, "__mro__", ()))


def _format() -> str:
    return str(constants.config.get_config_value("result_format", plugin_type="callback", plugin_name="default"))
