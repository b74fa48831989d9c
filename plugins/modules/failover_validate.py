#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: failover_validate
short_description: Check that DHCP servers form a failover pair, before touching any of them
description:
  - Reads the declarations of ISC C(dhcpd) and Kea servers from variables or from the text of their configurations,
    finds out which of them share a relationship, and checks every server, every pair and every pool that a pair shares.
  - C(dhcpd -t) checks one file at a time, so it misses most faults of a pair, even those that leave half of the
    clients without an address while both servers report V(normal).
  - Changes nothing, and needs only its input. Run it on the controller, once for a whole inventory.
  - The collection's C(docs/rules.md) lists the rules, with the answer of C(dhcpd -t) and the effect at run time.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
requirements:
  - netaddr
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
options:
  servers:
    description:
      - The servers, all those that share relationships. The two kinds of entries below can be mixed.
      - Text entries hold the configuration itself in C(config), the texts of the files that it includes in C(includes)
        (a dictionary of the names, as the configuration spells them, to texts), and optionally the server's service
        C(address). C(daemon) is V(dhcpd) or V(kea); without it, a text that begins as JSON does is Kea's.
      - Structured entries hold the variables of the role P(netlab.dhcp_failover.dhcp_server#role) without their prefix
        C(dhcp_server_), such as C(subnets), and the server's own halves of its relationships in C(failover). The filter
        P(netlab.dhcp_failover.failover_servers#filter) makes them from an inventory.
      - Every entry needs its own C(name), which appears in its findings.
    type: list
    elements: dict
    default: []
  hosts:
    description:
      - Hosts of the inventory to check as declared, together with their partners.
      - Also checks variable names. On every host of the inventory, it finds names that are almost those of this
        collection's variables, so that no setting is lost to a typing error.
    type: list
    elements: str
    default: []
  own_variables:
    description: Whether to check the names of the variables that the task itself sees, including those of its role.
    type: bool
    default: false
  limit:
    description:
      - Hosts that the run is about. RV(report) then covers these hosts and their partners, and only counts the findings
        about other hosts.
      - Without it, the run is about all servers.
    type: list
    elements: str
  findings:
    description: Findings made elsewhere, to report with the others.
    type: list
    elements: dict
    default: []
  fail:
    description:
      - With V(true), the task fails if there are errors and prints all findings; without errors, it displays warnings.
      - With V(false), it does neither, for plays that use RV(error_count) and print RV(findings) themselves.
    type: bool
    default: true
  ignore:
    description: Slugs of rules whose findings are left out.
    type: list
    elements: str
    default: []
  strict:
    description:
      - Whether warnings are errors too.
      - C(validate_ignore) and C(validate_strict) of an entry in O(servers) do the same for findings about that server.
    type: bool
    default: false
seealso:
  - name: The rules
    description: Every rule with its slug, the answer of C(dhcpd -t) to the fault, and the effect at run time.
    link: https://github.com/netlab/dhcp_failover/blob/main/docs/rules.md
  - module: netlab.dhcp_failover.failover_info
notes:
  - The configurations may hold secrets, for instance OMAPI keys. This module neither logs nor returns them.
"""

EXAMPLES = r"""
- name: Check the pair as the inventory declares it
  netlab.dhcp_failover.failover_validate:
    hosts: "{{ groups['dhcp_servers'] }}"
  delegate_to: localhost
  run_once: true

- name: Check two configuration files against each other
  netlab.dhcp_failover.failover_validate:
    servers:
      - name: dhcp_server1
        config: "{{ lookup('ansible.builtin.file', 'dhcp_server1/dhcpd.conf') }}"
        includes:
          /etc/dhcp/subnets.conf: "{{ lookup('ansible.builtin.file', 'subnets.conf') }}"
      - name: dhcp_server2
        config: "{{ lookup('ansible.builtin.file', 'dhcp_server2/dhcpd.conf') }}"
        includes:
          /etc/dhcp/subnets.conf: "{{ lookup('ansible.builtin.file', 'subnets.conf') }}"
    ignore:
      - bootp-not-denied
    strict: true
  delegate_to: localhost

- name: Check one half against the variables of its partner
  netlab.dhcp_failover.failover_validate:
    servers:
      - name: dhcp_server1
        config: "{{ running_config }}"
      - name: dhcp_server2
        address: 172.16.1.200
        failover:
          - name: dhcp-failover
            role: secondary
            address: 172.16.1.200
            peer_address: 172.16.1.100
            max_response_delay: 180
            max_unacked_updates: 10
            load_balance_max_seconds: 3
        subnets:
          - subnet: 172.16.1.0/24
            options: {routers: [172.16.1.1], domain_name_servers: [172.16.1.1]}
            pools:
              - failover: dhcp-failover
                ranges: ["172.16.1.220-172.16.1.230"]
  delegate_to: localhost
"""

RETURN = r"""
findings:
  description:
    - The findings, errors first.
    - The same fault on two partners, or at many places, is one finding.
  returned: when the servers could be read
  type: list
  elements: dict
  contains:
    slug:
      description: The rule's public name, for O(ignore) and to look it up.
      type: str
      sample: mclt-on-secondary
    severity:
      description: V(error) or V(warning).
      type: str
      sample: error
    servers:
      description: Names of the servers concerned; the first is the one to change.
      type: list
      elements: str
      sample: [dhcp_server2]
    path:
      description: The place in words.
      type: str
      sample: relationship "dhcp-failover"
    line:
      description: Line number in the text of the first server; V(none) for variables.
      type: int
      sample: 3
    variable:
      description:
        - Full name of the variable that cannot be understood, such as V(dhcp_server_subnets[0].options.routers).
        - V(none) for text, and for values that are only a fault in combination with others.
      type: str
      sample: null
    places:
      description: Further places with the same fault. RV(findings[].message) names the first ones.
      type: list
      elements: str
      sample: []
    message:
      description: The fault, with the value and its effect.
      type: str
      sample: mclt belongs to the primary only; dhcpd would ignore it silently.
    hint:
      description: The remedy.
      type: str
      sample: Remove it from dhcp_server2.
relationships:
  description: The relationships that were found, however they are declared.
  returned: when the servers could be read
  type: list
  elements: dict
  contains:
    name:
      description: Its name (the primary's, if the two differ).
      type: str
      sample: dhcp-failover
    primary:
      description: Name of the primary; V(none) if it is not among the given servers.
      type: str
      sample: dhcp_server1
    secondary:
      description: Name of the secondary; V(none) if it is not among the given servers.
      type: str
      sample: dhcp_server2
    primary_address:
      description: The primary's failover address.
      type: str
      sample: 172.16.1.100
    secondary_address:
      description: The secondary's failover address.
      type: str
      sample: 172.16.1.200
    primary_port:
      description: The primary's failover port.
      type: int
      sample: 647
    secondary_port:
      description: The secondary's failover port.
      type: int
      sample: 647
    pools:
      description: Number of pools.
      type: int
      sample: 1
    addresses:
      description: Number of addresses in these pools.
      type: int
      sample: 11
error_count:
  description: Number of errors among RV(findings).
  returned: when the servers could be read
  type: int
  sample: 1
warning_count:
  description: Number of warnings among RV(findings). C(warnings) itself is Ansible's own list of texts.
  returned: when the servers could be read
  type: int
  sample: 0
report:
  description: The result in words, for plays that print it.
  returned: when the servers could be read
  type: dict
  contains:
    failed:
      description: Whether there is an error that concerns the hosts in O(limit) or their partners.
      type: bool
      sample: false
    lines:
      description: The findings, errors first; before them the relationships, unless there is an error.
      type: list
      elements: str
      sample:
        - >-
          relationship "dhcp-failover": primary dhcp_server1 (172.16.1.100), secondary dhcp_server2 (172.16.1.200);
          1 pool with 11 addresses
    summary:
      description: One sentence for the end.
      type: str
      sample: "1 relationship of 2 servers: no errors and no warnings."
"""

import gc
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.text import daemon_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.check_report import check_report
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import NETADDR_ERROR, Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import (
    Finding,
    Findings,
    Severity,
    Strictness,
    share_variables,
    texts,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pairing import describe, pair
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import SERVER, Place, one_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import RULES, check

TEXT_KEYS = {"name", "config", "daemon", "includes", "address"}

# Ansible prints each warning as a paragraph.
MOST_WARNINGS = 20


def read(entry: Mapping[str, Any], position: int) -> Server:
    """One entry of `servers`. Raises ValueError if it is not an entry at all; the rules judge the rest."""
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"servers[{position}] has no name. Every server needs one, for instance its inventory name.")
    if "config" not in entry:
        if "includes" in entry:
            raise ValueError(f"{name} has includes but no config. Give the text of its configuration in config.")
        declared = declare(entry)
        return dialect(declared.daemon).resolve(declared, {})
    others = sorted(set(entry) - TEXT_KEYS)
    if others:
        raise ValueError(
            f"{name} has both config and {', '.join(others)}. Give either the text of its configuration "
            "(name, config, daemon, includes, address) or variables."
        )
    config, includes, address = entry["config"], entry.get("includes") or {}, entry.get("address")
    if not isinstance(config, str):
        raise ValueError(f"{name}: config must be the text of a configuration, not {type(config).__name__}.")
    if not isinstance(includes, Mapping) or not all(isinstance(text, str) for text in includes.values()):
        raise ValueError(f"{name}: includes must be a dictionary of file names to their texts.")
    if address is not None and not isinstance(address, str):
        raise ValueError(f"{name}: address must be a string, not {type(address).__name__}.")
    daemon = entry.get("daemon") or daemon_of(config)
    if daemon not in DAEMONS:
        raise ValueError(f"{name}: daemon is {daemon!r}. Write {one_of(DAEMONS)}.")
    return dialect(daemon).parse(name, config, includes, address)


def read_all(entries: Sequence[Mapping[str, Any]], found: Sequence[Finding]) -> list[Server]:
    if not entries and not found:
        raise ValueError(
            "servers is empty. Give at least one server; most faults only show when both partners are given."
        )
    servers = [read(entry, position) for position, entry in enumerate(entries)]
    repeated = [name for name, count in Counter(server.name for server in servers).items() if count > 1]
    if repeated:
        raise ValueError(f"servers has more than one entry called {', '.join(repeated)}. Give every server once.")
    return servers


def no_rule(slug: str) -> tuple[str, str] | None:
    """Why this is not a rule, and which one was probably meant; None if it is one."""
    if slug in RULES:
        return None
    close = get_close_matches(slug, RULES, 1)
    meant = f'Did you mean "{close[0]}"?' if close else "The rules are listed in docs/rules.md."
    return f'There is no rule "{slug}".', meant


def check_slugs(slugs: Sequence[str]) -> None:
    for slug in slugs:
        wrong = no_rule(slug)
        if wrong is not None:
            raise ValueError(f"ignore: {' '.join(wrong)}")


def strictness(entry: Mapping[str, Any], found: list[Finding]) -> Strictness:
    """How to judge findings about a server, by its own variables."""
    place = Place().key("validate_ignore")
    # Values of another shape are reported with the other variables.
    slugs = SERVER["validate_ignore"].clean(entry.get("validate_ignore"), place, []) or []
    for slug in slugs:
        wrong = no_rule(slug)
        if wrong is not None:
            server = (str(entry["name"]),)
            found.append(Finding("declaration-invalid", Severity.ERROR, server, "", *wrong, variable=place.variable))
    strict = SERVER["validate_strict"].clean(entry.get("validate_strict"), Place(), [])
    return Strictness(frozenset(slugs), bool(strict))


def findings_before(items: Sequence[Mapping[str, Any]]) -> list[Finding]:
    try:
        return [Finding.from_dict(item) for item in items]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"findings: {error!r}. Give findings as this module returns them.") from error


def failure_of(report: Findings) -> str:
    def number(count: int, what: str) -> str:
        return f"{count:,} {what}{'' if count == 1 else 's'}"

    count = number(len(report.errors), "error")
    if report.warnings:
        count += f" and {number(len(report.warnings), 'warning')}"
    return "\n".join([f"{count}.", *texts(report.findings)])


SPEC: Mapping[str, Any] = {
    # Without suboptions: the declaration's own reader is faster and gives better messages.
    "servers": {"type": "list", "elements": "dict", "default": []},
    # The action plugin handles these two, because it has the inventory.
    "hosts": {"type": "list", "elements": "str", "default": []},
    "own_variables": {"type": "bool", "default": False},
    "limit": {"type": "list", "elements": "str"},
    "findings": {"type": "list", "elements": "dict", "default": []},
    "fail": {"type": "bool", "default": True},
    "ignore": {"type": "list", "elements": "str", "default": []},
    "strict": {"type": "bool", "default": False},
}


class Validated(NamedTuple):
    """The module's result, the reason if it fails, and its warnings."""

    result: dict[str, Any]
    failure: str
    warnings: list[str]


def validate(params: Mapping[str, Any]) -> Validated:
    """Check the servers. This stops garbage collection, so the process must end soon afterwards."""
    # Reading large trees without cycles: garbage collection would double its time.
    gc.disable()
    servers, ignore, strict = (params[name] for name in ("servers", "ignore", "strict"))
    shown = {name: params[name] for name in ("ignore", "strict", "fail")}
    invocation = {"module_args": {"servers": [entry.get("name") for entry in servers], **shown}}
    if NETADDR_ERROR is not None:
        return Validated(
            {"invocation": invocation},
            f"failover_validate needs the Python library netaddr, which {sys.executable} does not have. Install it "
            f"with `{sys.executable} -m pip install netaddr` (Debian: `apt install python3-netaddr`), or let another "
            "interpreter run the task: set ansible_python_interpreter, for instance to ansible_playbook_python.",
            [],
        )
    try:
        check_slugs(ignore)
        found = findings_before(params["findings"])
        declared = read_all(servers, found)
    except ValueError as error:
        return Validated({"invocation": invocation}, str(error), [])
    own = {str(entry["name"]): strictness(entry, found) for entry in servers}
    pairing = pair(declared)
    report = Findings.of(share_variables([*found, *check(declared, pairing)]), ignore, strict, own)
    result: dict[str, Any] = {
        "changed": False,
        "findings": [finding.as_dict() for finding in report.findings],
        "relationships": describe(pairing),
        "error_count": len(report.errors),
        "warning_count": len(report.warnings),
        "invocation": invocation,
    }
    result["report"] = check_report(result, params["limit"])
    if not params["fail"]:
        return Validated(result, "", [])
    return Validated(result, failure_of(report) if report.errors else "", texts(report.warnings, MOST_WARNINGS))


def main() -> None:
    # Configurations contain secrets and are large, so keep them out of the log and the result.
    module = AnsibleModule(argument_spec=dict(SPEC), supports_check_mode=True, no_log=True)
    result, failure, warnings = validate(module.params)
    if failure:
        module.fail_json(msg=failure, **result)
    for text in warnings:
        module.warn(text)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
