# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Run programs of the host with a time limit, which AnsibleModule.run_command lacks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence

# A command's exit status and output.
Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def call(words: Sequence[str], timeout: float = 120, stdin: str = "") -> subprocess.CompletedProcess[str]:
    # In its own session, so that Ctrl-C at a terminal does not interrupt a change half way.
    # Not AnsibleModule.run_command: it starts no session, and this also runs where there is no AnsibleModule.
    # pylint: disable-next=ansible-bad-function
    return subprocess.run(  # noqa: S603 - words of our own or of a validated plan, and no shell
        words,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=timeout,
        start_new_session=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


def attempt(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """The same, but with an exit status if the program is missing or does not end."""
    try:
        return call(words)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(list(words), 127, "", str(error))
