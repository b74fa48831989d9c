# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
from __future__ import annotations


class ModuleDocFragment:
    """What a lab is, for every module that takes one (module_utils/_lab/common.py)."""

    DOCUMENTATION = r"""
options:
  lab:
    description:
      - The lab's name, 1 to 10 lower case letters and digits, starting with a letter.
      - Everything that is made on the host is named after it.
    type: str
    required: true
  state:
    description: V(present) is for making the lab, V(absent) for removing it.
    type: str
    choices: [present, absent]
    default: present
  networks:
    description: All networks of the lab.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name. Its bridge is named after the lab and the network.
        type: str
        required: true
      subnet:
        description: Its subnet, like V(10.213.16.0/24).
        type: str
        required: true
      address:
        description:
          - The host's own address in it.
          - The default is the first address of the subnet with O(networks[].nat=true). Otherwise the host has no
            address there and takes no part in the network.
        type: str
      nat:
        description: Whether the machines reach the outside through it, under the host's address.
        type: bool
        default: false
"""
