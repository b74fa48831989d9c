#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Print lines of text as they are
description:
  - Prints a table or another text of several lines legibly, however Ansible is set to print results.
    M(ansible.builtin.debug) prints a list of quoted lines, unless C(callback_result_format = yaml) is set.
version_added: 0.2.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  lines:
    description: The lines.
    type: list
    elements: str
    required: true
  fail:
    description: Fail after printing, with the first line as the message.
    type: bool
    default: false
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
notes:
  - A callback for programs, like P(ansible.posix.json#callback), gets the lines in the result instead.
"""

EXAMPLES = r"""
- name: Print a table
  netlab.dhcp_failover.report:
    lines:
      - server        side
      - "{{ inventory_hostname }}  primary"
"""

RETURN = r"""
lines:
  description: The lines, unless they were printed on their own. As one text if results are printed as YAML.
  returned: if the callback prints them
  type: raw
  sample: [first, second]
"""
