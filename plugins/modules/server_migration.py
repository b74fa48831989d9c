#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: server_migration
short_description: Take a server's part in the migration of its pair to another daemon
description:
  - Carries out acts on one server of a pair that moves from C(dhcpd) to Kea or back, or looks where it stands.
  - The playbooks C(netlab.dhcp_failover.migrate) and C(migrate_back) plan the acts of both servers and their order.
    Use them instead of this module, which sees only one server.
  - A journal on both servers, C(/var/lib/dhcp-server/migration.json), records whose leases count. So a run may be
    killed at any point, and the next one goes on from there.
  - It needs root.
version_added: 0.2.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  server:
    description:
      - The declared server, one item of the result of P(netlab.dhcp_failover.failover_servers#filter). If Kea is
        declared, its files are rendered from it. Otherwise those on the host are used.
      - Required. The action plugin does not send it to the host.
    type: dict
  acts:
    description:
      - What to do, in order. Each act can be repeated.
      - Without acts, O(gives), O(leases) and O(fits), the module only looks.
    type: list
    elements: dict
    default: []
    suboptions:
      deed:
        description: What to do.
        type: str
        required: true
        choices:
          begin: Write the journal, with O(goal), O(method) and the holder.
          forbid: The daemon no longer starts with the host.
          allow: The daemon starts with the host.
          stop: Stop the daemon.
          start: Start the daemon, Kea with the configuration that is declared, but without an interface.
          reach: Connect to the port of the partner's Kea. It fails if that cannot be reached.
          hand-over: C(dhcpd) hands its clients over, and its partner knows every lease.
          take-over: Kea takes over its partner's clients.
          learn: Kea without an interface gets its partner's leases. It is stopped if it cannot get them.
          rejoin: The daemon becomes normal with its partner. Kea without an interface learns, and gets its interfaces.
          wait: The daemon has settled.
          load: Kea gets the leases of both C(dhcpd) and starts without an interface.
          prepare: The daemon gets the leases as they are now, so that few are left once the other one stops.
          equal: Kea gets what C(dhcpd) has changed since, and is compared.
          open: Kea gets its interfaces, and serves alone.
          convert: C(dhcpd) gets the leases of Kea, or those of O(leases).
          leave: C(dhcpd) will start as the one whose partner is lost.
          record: Write the holder into the journal.
          end: Remove the journal.
      daemon:
        description: The daemon.
        type: str
        default: ""
        choices: ["", dhcpd, kea]
      holder:
        description: Whose leases count.
        type: str
        default: ""
        choices: ["", dhcpd, kea-primary, kea]
  goal:
    description: The daemon that the pair gets.
    type: str
    default: kea
    choices: [dhcpd, kea]
  method:
    description: How the pair gets to Kea.
    type: str
    default: pivot
    choices:
      pivot: One server after the other, so that only the cut is silent.
      cold: The secondary stops first, without handing its clients over. For a pair that cannot be made normal.
  gives:
    description:
      - Bring the leases of C(dhcpd) on this server to the controller, for its partner. They are compressed, and in a
        file that only the user of the controller can read.
    type: bool
    default: false
  fits:
    description:
      - Try whether C(dhcpd) would start with the configuration on this host, and could keep every lease of the Kea that
        serves here. It fails if not.
    type: bool
    default: false
  leases:
    description:
      - The partner's name in the inventory. It has given its leases in this run, with O(gives).
      - Without O(acts), they are merged with those of this server and counted.
    type: str
    default: ""
  partner:
    description: The proof that the partner's Kea does not serve, as in M(netlab.dhcp_failover.failover_state).
    type: str
    default: unknown
    choices: [unknown, stopped, unreachable, fenced]
  mclt:
    description: The MCLT of each relationship in seconds, for the database of C(dhcpd) on a secondary.
    type: dict
    default: {}
  timeout:
    description: Seconds that each act may wait.
    type: int
    default: 60
  record:
    description: A file on the controller to which a line of JSON is added, with RV(acts) and the times of this call.
    type: path
  step:
    description: The name and title of the step that O(acts) belong to, for O(record).
    type: str
    default: ""
  file:
    description: Where the module writes leases, from the action plugin on the controller. Not for tasks.
    type: path
  owner:
    description: This run of Ansible, from the action plugin on the controller. Not for tasks.
    type: dict
    default: {}
  table:
    description: What is managed on this host, from the action plugin on the controller. Not for tasks.
    type: dict
  contents:
    description: The files' contents, rendered by the action plugin on the controller. Not for tasks.
    type: dict
    default: {}
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
attributes:
  check_mode:
    support: full
    details:
      - Acts are not carried out. The leases are read and merged, as without it.
  diff_mode:
    support: none
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Look where the server stands
  netlab.dhcp_failover.server_migration:
    server: "{{ hostvars | netlab.dhcp_failover.failover_servers([inventory_hostname]) | first }}"
"""

RETURN = r"""
seen:
  description: Where this server stands.
  returned: without O(acts), O(gives) and O(leases)
  type: dict
  contains:
    dhcpd:
      description:
        - Whether C(dhcpd) runs, starts with the host, has no interface (C(deaf)) and C(answers) clients, and its
          C(phase).
      type: dict
    kea:
      description: The same for Kea.
      type: dict
    journal:
      description: The journal, with C(goal), C(method) and C(holder); V(null) if there is none.
      type: dict
    lost:
      description: What C(dhcpd) lacks to serve here again; empty if nothing.
      type: str
  sample:
    dhcpd: {running: true, enabled: true, deaf: false, phase: normal, answers: true}
    kea: {running: false, enabled: false, deaf: false, phase: unknown, answers: false}
    journal:
    lost: ''
mclt:
  description: The MCLT of each relationship in the configuration of C(dhcpd), in seconds, for O(mclt) of the partner.
  returned: with RV(seen)
  type: dict
  sample: {dhcp-failover: 1800}
heard:
  description:
    - The addresses of the partners of C(dhcpd) in its configuration, each with the port at which it hears them.
      A firewall must let them through while the pair moves.
  returned: with RV(seen)
  type: list
  elements: list
  sample: [[172.16.1.200, 647]]
lines:
  description: What was done, in words.
  returned: success
  type: list
  elements: str
  sample: [stopped dhcpd]
acts:
  description: The acts that were begun, in order.
  returned: success, and if an act fails
  type: list
  elements: dict
  contains:
    deed:
      description: What was done.
      type: str
    daemon:
      description: The daemon.
      type: str
    started:
      description: When it began, in seconds since 1970 by the host's clock.
      type: float
    ended:
      description: When it ended.
      type: float
    done:
      description: Whether it was completed.
      type: bool
    lines:
      description: What was done, in words.
      type: list
      elements: str
waiting:
  description: What the last act still waits for; empty if everything is done. Then the same acts are to be repeated.
  returned: success
  type: str
  sample: 'dhcp2: waits for both servers to be normal: "dhcp-failover" is recover-wait until 2026-11-26T02:00:00Z'
survey:
  description: What the databases of both servers have together.
  returned: with O(leases) and without O(acts); with O(fits), if Kea serves here
  type: dict
  contains:
    leases:
      description: The number of leases that Kea gets.
      type: int
    shortest:
      description: The shortest time for which a client has got its lease, in seconds; V(null) if none ends.
      type: int
    lines:
      description: What is kept, and what is dropped and why.
      type: list
      elements: str
    conflicts:
      description: Addresses that are leased to two clients.
      type: list
      elements: str
    pools:
      description:
        - Of each pool of C(dhcpd) on this server, how many addresses are free for new clients while it serves alone
          (C(own)), and how many more once the MCLT has passed (C(later)).
      type: list
      elements: dict
  sample:
    leases: 100
    release: 2.6.3
    shortest: 60
    lines: [100 leases of clients]
    warnings: []
    conflicts: []
    pools: [{relationship: dhcp-failover, subnet: 172.16.1.0/24, own: 385, later: 390}]
config:
  description: The configuration that C(dhcpd) gets, which is on this host, and when it was changed.
  returned: with O(fits), unless C(dhcpd) serves
  type: dict
  contains:
    path:
      description: Its file.
      type: str
    changed:
      description: When the file was changed, in UTC.
      type: str
  sample: {path: /etc/dhcp/dhcpd.conf, changed: "2026-11-26T02:00:00Z"}
ports:
  description:
    - What was found about the port of Kea of each declared relationship. Nothing was changed, and nothing listened
      there that was not there before.
  returned: with O(gives) or O(leases), and without O(acts)
  type: list
  elements: dict
  contains:
    relationship:
      description: The relationship.
      type: str
    port:
      description: The port on this host.
      type: int
    owner:
      description: The program that listens there; empty if none does, V(null) if that cannot be told.
      type: str
    peer:
      description: The partner's address.
      type: str
    peer_port:
      description: The partner's port.
      type: int
    answer:
      description:
        - V(accepted) if something listens there, V(refused) if the host says that nothing does. Otherwise why there was
          no answer, which a firewall may be the reason for.
      type: str
  sample:
    - {relationship: dhcp-failover, port: 8000, owner: '', peer: 172.16.1.200, peer_port: 8000, answer: refused}
room:
  description: What the move writes on this host at most. It fails if a file system has too little space for that.
  returned: with O(gives) or O(leases), and without O(acts); with O(fits), if Kea serves here
  type: str
  sample: 16 MiB
lock:
  description: The lock of another run that changes this host.
  returned: if it is refused for that
  type: dict
  sample:
    who: root@controller (process 4711)
    since: "2026-11-25T20:15:00Z"
    until: "2026-11-25T20:25:00Z"
"""

import base64
import signal
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import (
    PARTNER,
    control,
    find_version,
    is_running,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import attempt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import Managed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.lock import LockedError, one_step, release
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import (
    RefusedError,
    Transaction,
    explain,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    KEA,
    METHODS,
    Act,
    Deed,
    Holder,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.daemons import NotYetError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.host import Host, data_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS


def work(host: Host, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the options say."""
    acts = [Act.from_data(act) for act in params["acts"]]
    given = Path(params["leases"]) if params["leases"] else None
    waiting = ""
    try:
        for act in () if check_mode else acts:
            host.do(act, given)
    except NotYetError as error:
        waiting = str(error)
        try:
            served = host.undo()
        except (NotYetError, RefusedError, ControlError, OSError) as failure:
            raise RefusedError(f"{waiting}. Starting the previous daemon failed, too: {failure}.") from error
        if served:
            raise RefusedError(f"{waiting}, and nobody was served. So the previous daemon serves again.") from error
    except Exception:
        # What has failed is worth more than why that cannot be mended, too.
        with suppress(Exception):
            host.undo()
        raise
    if not acts and (given or params["gives"]):
        host.look_around()
    if given and not acts:
        host.survey(given)
    if params["fits"]:
        host.survey_back()
    if params["gives"] and not waiting:
        host.give(Path(params["file"]))
    result: dict[str, Any] = {"lines": host.outcome.lines, "acts": host.outcome.acts, "waiting": waiting}
    if not (acts or given or params["gives"] or params["fits"]):
        configured = host.dhcpd.control.configured()
        mclt = {report.name: report.mclt for report in configured if report.mclt is not None}
        result.update(seen=data_of(host.look()), mclt=mclt, heard=host.dhcpd.heard())
    for name in ("config", "survey", "ports", "room"):
        if getattr(host.outcome, name):
            result[name] = getattr(host.outcome, name)
    return {"changed": host.outcome.changed or (check_mode and bool(acts)), **result}


@contextmanager
def undisturbed() -> Iterator[None]:
    """The end of a connection does not stop what is done here. An order to end is carried out when clients are served.

    Nothing else ends the silence if this ends while no daemon serves.
    """

    def end(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise RefusedError("it was told to end (SIGTERM). Run this again.")

    wanted: dict[int, Any] = {signal.SIGHUP: signal.SIG_IGN, signal.SIGINT: signal.SIG_IGN, signal.SIGTERM: end}
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main() -> None:
    deeds = {"type": "str", "required": True, "choices": [deed.value for deed in Deed]}
    names = {"type": "str", "default": "", "choices": ["", *DAEMONS]}
    holders = {"type": "str", "default": "", "choices": ["", *(holder.value for holder in Holder)]}
    module = AnsibleModule(
        argument_spec={
            "server": {"type": "dict"},
            "acts": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {"deed": deeds, "daemon": names, "holder": holders},
            },
            "goal": {"type": "str", "default": KEA, "choices": list(DAEMONS)},
            "method": {"type": "str", "default": METHODS[0], "choices": list(METHODS)},
            "gives": {"type": "bool", "default": False},
            "fits": {"type": "bool", "default": False},
            "leases": {"type": "str", "default": ""},
            "record": {"type": "path"},
            "step": {"type": "str", "default": ""},
            "file": {"type": "path"},
            "partner": {"type": "str", "default": PARTNER[0], "choices": list(PARTNER)},
            "mclt": {"type": "dict", "default": {}},
            "timeout": {"type": "int", "default": 60},
            "owner": {"type": "dict", "default": {}},
            "table": {"type": "dict"},
            # Packed: Ansible hides the values of a no_log option in the output, where parts of plain texts could occur.
            "contents": {"type": "dict", "default": {}, "no_log": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    contents = {path: zlib.decompress(base64.b64decode(text)) for path, text in params["contents"].items()}
    table = Managed.from_dict(params["table"]) if params["table"] else None
    host = Host(
        {name: control(name, {"timeout": params["timeout"]}) for name in DAEMONS},
        {name: partial(is_running, name) for name in DAEMONS},
        attempt,
        Transaction(table, attempt, contents) if table else None,
        find_version,
        goal=params["goal"],
        method=params["method"],
        partner=params["partner"],
        mclt={name: int(seconds) for name, seconds in params["mclt"].items()},
        timeout=params["timeout"],
    )
    lock = Path(Managed.lock)
    try:
        with closing(host):
            if module.check_mode or not params["acts"]:
                result = work(host, params, module.check_mode)
            else:
                with one_step(lock, **params["owner"]), undisturbed():
                    ended = True
                    try:
                        result = work(host, params, check_mode=False)
                        ended = params["acts"][-1]["deed"] == Deed.END.value
                    finally:
                        if ended:
                            release(lock)
    except LockedError as error:
        module.fail_json(msg=str(error), lock=error.lock.as_dict())
    except (RefusedError, ControlError) as error:
        module.fail_json(msg=str(error), lines=host.outcome.lines, acts=host.outcome.acts)
    except OSError as error:
        module.fail_json(msg=explain(error), lines=host.outcome.lines, acts=host.outcome.acts)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
