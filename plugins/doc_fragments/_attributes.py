# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
from __future__ import annotations


class ModuleDocFragment:
    """The attributes that the modules of this collection share."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode, and returns the same result as without it.
  diff_mode:
    description: Returns the differences for C(--diff).
  idempotent:
    description: A second run with the same arguments changes nothing, unless something else changed in between.
  action_group:
    description: Use C(group/netlab.dhcp_failover.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - netlab.dhcp_failover.all
"""

    # In addition to the standard fragment: for modules that change nothing.
    READ_ONLY = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This action does not modify state.
  diff_mode:
    support: N/A
    details:
      - This action does not modify state.
  idempotent:
    support: full
    details:
      - This action does not modify state.
"""
