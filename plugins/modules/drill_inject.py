#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: drill_inject
short_description: Break a DHCP server on purpose, and heal it
description:
  - Breaks this server in one of several ways, or heals it. The playbook C(netlab.dhcp_failover.drill) does both,
    watches what the clients see and judges it. Prefer it.
  - Before anything is broken, the module writes C(/run/netlab-drill/INJECTOR/heal), a shell script that heals the
    server and that you may run by hand, and sets a systemd timer that runs it after O(heal_after) seconds, even if the
    controller is gone by then.
  - If an injection fails half way, it is healed at once.
  - In check mode, it fails if the server lacks what the injector needs.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  injector:
    description: What to break. Required for O(state=injected). Without it, O(state=healed) heals everything.
    type: str
    choices:
      stop: The daemon is stopped.
      kill: The daemon is killed with signal 9 and stays dead, as after a power failure.
      crash: The daemon is killed with signal 9. Its unit decides whether it is started again.
      pause: The daemon is paused with SIGSTOP.
      mute: Its answers to clients are lost. It still hears them and talks to its partner.
      failover-cut: The connection to its partner is cut in both directions.
      network-cut: Its answers to clients, and everything to and from its partner, are lost.
      database-lost: The lease database is gone, and the daemon starts with an empty one.
      database-truncated: The lease database ends in the middle of an entry.
      disk-full: The disk with the lease database is full. Data written meanwhile is kept.
      clock-ahead: Only the daemon's clock is 90 s ahead. Needs libfaketime on the host.
      edited: The first range of the configuration is longer by one address, on this server only.
      half-deployed: This server has a new default lease time; its partner has the old one.
      restart-storm: The daemon is restarted six times within seconds.
  state:
    description: Whether the server should be broken or healed. A repetition changes nothing.
    type: str
    choices: [injected, healed]
    default: injected
  heal_after:
    description: Seconds after which the machine heals itself.
    type: int
    default: 600
  unit:
    description: The daemon's unit of systemd. The default is that of the distribution's package.
    type: str
  lease_file:
    description: The lease database. The default is the one that O(config) names, or else the daemon's usual one.
    type: path
  address:
    description:
      - The server's address in the relationship, which identifies the service interface. O(injector=mute) and
        O(injector=network-cut) need it.
    type: str
  peer_address:
    description: The partner's address. O(injector=failover-cut) and O(injector=network-cut) need it.
    type: str
  ports:
    description: The ports of both sides for their connection, for O(injector=failover-cut).
    type: list
    elements: int
    default: [647]
extends_documentation_fragment:
  - netlab.dhcp_failover._daemon
  - netlab.dhcp_failover._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: There is nothing to compare. The scripts show what is done.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Stop the daemon, for five minutes at most
  netlab.dhcp_failover.drill_inject:
    injector: stop
    heal_after: 300

- name: Cut the connection to the partner
  netlab.dhcp_failover.drill_inject:
    injector: failover-cut
    peer_address: 172.16.1.200

- name: Heal everything
  netlab.dhcp_failover.drill_inject:
    state: healed
"""

RETURN = r"""
injector:
  description: The requested injector.
  returned: success
  type: str
  sample: stop
words:
  description: Its description.
  returned: success
  type: str
  sample: the daemon is stopped
unit:
  description: The daemon's unit of systemd.
  returned: success
  type: str
  sample: isc-dhcp-server
time:
  description:
    - When the injection or the healing began; by the host's clock, in seconds since 1970.
    - V(null) if the injector was in force already.
  returned: success
  type: float
  sample: 1795371596.25
healed:
  description: The injectors that were in force and were healed.
  returned: success
  type: list
  elements: str
  sample: [stop]
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import CHOICE, choose, control
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.injection import (
    Injection,
    InjectionError,
    report,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.injectors import INJECTORS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DEFAULT_PORT


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "injector": {"type": "str", "choices": list(INJECTORS)},
            "state": {"type": "str", "choices": ["injected", "healed"], "default": "injected"},
            "heal_after": {"type": "int", "default": 600},
            **CHOICE,
            "unit": {"type": "str"},
            "lease_file": {"type": "path"},
            "address": {"type": "str"},
            "peer_address": {"type": "str"},
            "ports": {"type": "list", "elements": "int", "default": [DEFAULT_PORT]},
        },
        required_if=[("state", "injected", ["injector"])],
        supports_check_mode=True,
    )
    params = module.params
    injection = Injection()
    now = time.time()
    healed: list[str] = []
    try:
        # What is broken may be what tells where the daemon is, so healing comes first.
        if params["state"] == "healed":
            healed = injection.heal([params["injector"]] if params["injector"] else None, dry=module.check_mode)
        daemon = choose(params["daemon"], params["config"])
        places = control(daemon, params).places()
        unit = params["unit"] or places.unit
        if params["state"] == "healed":
            module.exit_json(changed=bool(healed), unit=unit, **report(params["injector"], now, healed))
        values = {
            "daemon": daemon,
            "unit": unit,
            "config": places.config,
            "leases": places.lease_file,
            "address": params["address"] or "",
            "peer_address": params["peer_address"] or "",
            "ports": ", ".join(str(port) for port in dict.fromkeys(params["ports"])),
        }
        start = injection.inject(params["injector"], values, params["heal_after"], dry=module.check_mode)
    except (ControlError, InjectionError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=start is not None, unit=unit, **report(params["injector"], start))


if __name__ == "__main__":
    main()
