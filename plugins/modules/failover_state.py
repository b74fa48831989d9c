#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: failover_state
short_description: Change the failover state of a DHCP server, with guards
description:
  - Tells the running daemon of this host to move to another failover state, and reads back that it did. It tells
    C(dhcpd) through OMAPI on its own loopback, and Kea through its unix socket.
  - The module refuses a verb in a state in which it would do harm, and if the daemon has another one for it. It writes
    no other state.
  - The playbooks C(netlab.dhcp_failover.partner_down), C(maintenance) and C(rejoin) use it, and look at
    both servers. Prefer them.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  relationship:
    description: Name of the relationship.
    type: str
    required: true
  verb:
    description: The change to make.
    type: str
    required: true
    choices:
      partner_down:
        - Serve all clients of a partner that is known to be dead. C(dhcpd) also uses its addresses, after the MCLT.
        - Refused unless this server has lost its partner and O(partner) holds.
        - Kea does it for all relationships at once, so it is refused if they have different partners. Where it must not
          take over by itself, it reads its configuration again first, because it takes over only right after that.
      hand_over:
        - Only C(dhcpd). Hand all clients over to the partner, before a long planned stop. The state survives a restart.
        - Refused unless this server's state is C(normal); see O(force).
      take_over:
        - Only Kea, in place of V(hand_over), on the server that stays. Serve all clients of the partner, which then
          serves nobody and can be stopped.
        - Refused unless both servers work together.
      give_back:
        - Only Kea, on the server that has taken over. Let the partner serve again.
        - A partner that was restarted meanwhile gets all leases first. That may take up to O(timeout).
      rejoin:
        - Leave the state that the server is held in, catch up with the partner and become normal.
        - Refused unless this server's state is C(shutdown) or C(paused), or C(terminated) for Kea; see O(force).
        - Kea reads its configuration again, so all of its relationships start over. A terminated server waits until its
          partner has done the same.
      resync:
        - Only Kea. Get all leases of the partner again. A server that serves pauses for a moment.
        - Refused unless both servers work together.
  partner:
    description:
      - For O(verb=partner_down), the proof that the partner does not serve. Two servers in C(partner-down) that
        both serve lease the same addresses to different clients.
      - With any proof, the verb is refused if the partner's failover port accepts a connection.
    type: str
    default: unknown
    choices:
      unknown: There is none. The verb is refused.
      stopped: The caller has logged in to the partner and found the daemon stopped there.
      unreachable:
        - The caller cannot reach the partner's host. The module then tries the failover port and a ping itself, and
          refuses the verb if there is any sign of life.
      fenced: A human has ensured it, for instance by switching the partner off.
  force:
    description: >-
      For O(verb=hand_over), do it even if this server is the only one that serves. For O(verb=rejoin) of Kea, do it
      even if the partner is silent. Then no server serves.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for the daemon at each step, and for it to confirm the new state.
    type: int
    default: 5
extends_documentation_fragment:
  - netlab.dhcp_failover._daemon
  - netlab.dhcp_failover._omapi
  - netlab.dhcp_failover._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Serve the clients of a partner that is switched off
  netlab.dhcp_failover.failover_state:
    relationship: dhcp-failover
    verb: partner_down
    partner: fenced
  become: true

- name: Hand all clients over before the power is cut
  netlab.dhcp_failover.failover_state:
    relationship: dhcp-failover
    verb: hand_over
  become: true

- name: Take the clients back
  netlab.dhcp_failover.failover_state:
    relationship: dhcp-failover
    verb: rejoin
  become: true
"""

RETURN = r"""
relationship:
  description: Name of the relationship.
  returned: success
  type: str
  sample: dhcp-failover
previous_state:
  description: This server's state before.
  returned: success
  type: str
  sample: communications-interrupted
local_state:
  description: This server's state, as read back; in check mode the one before.
  returned: success
  type: str
  sample: partner-down
partner_state:
  description: The partner's state as this server last heard it. Not a sign of health.
  returned: success
  type: str
  sample: normal
since:
  description: When this server entered its state, in UTC; V(null) for Kea.
  returned: success
  type: str
  sample: "2026-11-22T18:19:56Z"
mclt:
  description: Maximum client lead time in seconds; V(null) for Kea.
  returned: success
  type: int
  sample: 1800
usable_at:
  description:
    - For O(verb=partner_down), when this server starts to use its partner's addresses, in UTC. Until then it renews
      the leases of all clients, and leases its own free addresses to new ones.
    - In check mode, when that would be.
  returned: success
  type: str
  sample: "2026-11-22T18:49:56Z"
usable_in:
  description: The same in seconds from now; V(0) if it has passed.
  returned: success
  type: int
  sample: 1800
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import (
    OPTIONS,
    PARTNER,
    VERBS,
    choose,
    control,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError, plain


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "relationship": {"type": "str", "required": True},
            "verb": {"type": "str", "required": True, "choices": list(VERBS)},
            "partner": {"type": "str", "default": "unknown", "choices": list(PARTNER)},
            "force": {"type": "bool", "default": False},
            **OPTIONS,
            "timeout": {"type": "int", "default": 5},
        },
        supports_check_mode=True,
    )
    asked = {name: module.params[name] for name in ("verb", "relationship", "partner", "force")}
    try:
        daemon = control(choose(module.params["daemon"], module.params["config"]), module.params)
        change = daemon.act(**asked, check_mode=module.check_mode)
    except ControlError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**plain(change))


if __name__ == "__main__":
    main()
