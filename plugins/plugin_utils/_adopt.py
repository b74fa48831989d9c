# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Make inventory files from hand-written configurations, and prove each server before anything is written.

On the controller only: the proof renders the role's templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.text import daemon_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import collector_paused
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.drift import Live, live_findings, unread
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.inventory import (
    GROUP,
    Inventory,
    compare_partners,
    file_name,
    inventory,
    partners,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.adopted import Adopted, Proof
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    SIDES,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import (
    DECLARATION,
    collect_servers,
)
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import conf_texts


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: lists indented, text of several lines as a block."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's own
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # In an inventory, braces would be a template.
    tag = "!unsafe" if any(mark in text for mark in ("{{", "{%", "{#")) else "tag:yaml.org,2002:str"
    return dumper.represent_scalar(tag, text, style="|" if "\n" in text else "'" if tag == "!unsafe" else None)


_Dumper.add_representer(str, _represent_text)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # whichever there is
    """Read Ansible's own tag as the text that it marks."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def _yaml(value: Any, comment: str) -> str:
    return f"---\n# {comment}\n{yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)}"


def adopt_servers(live: Mapping[str, Live]) -> dict[str, Any]:
    """Adopt the results of server_conf_info, by server name. Raises ValueError if there is nothing to adopt.

    files: the inventory, text by file name. failed: servers whose proof failed; unwritten: these and their partners.
    servers: what became of each. partners: how their files differ. findings: of the rules.
    """
    with collector_paused():
        return _adopted(live)


def _adopted(entries: Mapping[str, Live]) -> dict[str, Any]:
    missing = {name: reason for name, entry in entries.items() if (reason := unread(entry))}
    if missing or not entries:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in missing.items()) or "adopt_files is empty"
        raise ValueError(f"Nothing was adopted, because not every configuration could be read: {reasons}")
    servers: list[Adopted] = []
    refused: dict[str, str] = {}
    running: list[Server] = []
    for name, entry in entries.items():
        daemon, includes = dialect(daemon_of(entry["config"])), entry.get("includes") or {}
        try:
            servers.append(daemon.adopt(name, entry["config"], includes))
            running.append(servers[-1].live)
        except ValueError as error:
            refused[name] = str(error)
            running.append(daemon.parse(name, entry["config"], includes))
    interfaces = {name: entry.get("interfaces") or [] for name, entry in entries.items()}
    found = inventory(servers, interfaces)
    files = _files(found)
    proofs = _proofs(servers, found, files)
    failed = {*refused, *(name for name, proof in proofs.items() if not proof.holds)}
    unwritten = _with_partners(failed, found, running)
    written = [server for server in servers if server.name not in unwritten]
    return {
        "files": files if not unwritten else _files(inventory(written, interfaces)) if written else {},
        "failed": [name for name in entries if name in failed],
        "unwritten": [name for name in entries if name in unwritten],
        "servers": [
            *(
                {
                    "name": server.name,
                    "problem": None,
                    "adopted": _counted(server.counts()),
                    "extra": server.extra,
                    "keys": server.keys,
                    "notes": server.notes,
                    "missing": entries[server.name].get("missing") or {},
                    "rejected": [str(finding) for finding in proofs[server.name].rejected],
                    "differences": [difference.as_dict() for difference in proofs[server.name].differences],
                }
                for server in servers
            ),
            *({"name": name, "problem": why} for name, why in refused.items()),
        ],
        "partners": [
            {
                "servers": [one.name, other.name],
                "differences": [item.as_dict() for item in compare_partners(one, other)],
            }
            for one, other in partners(servers)
        ],
        "findings": live_findings(running),
    }


def _proofs(servers: list[Adopted], found: Inventory, texts: Mapping[str, str]) -> dict[str, Proof]:
    """For each server, the faults in the file that the role would write from the inventory's own text."""
    files = {name: yaml.load(text, _Loader) for name, text in texts.items()}  # noqa: S506 - a safe loader
    hostvars: dict[str, dict[str, Any]] = {}
    for group, members in found.members.items():
        for name in members:
            shared, own = (
                files.get(file, {}) for file in (f"group_vars/{group}.yml", f"host_vars/{file_name(name)}.yml")
            )
            hostvars[name] = {**shared, **own}
    declared = {server["name"]: server for server in collect_servers(hostvars, hostvars)}
    proofs: dict[str, Proof] = {}
    for server in servers:
        declaration = declared.get(server.name, {**DECLARATION, "name": server.name})
        text, new = conf_texts(declaration)
        daemon = dialect(server.live.daemon)
        proofs[server.name] = daemon.prove(server, declaration, text, {**server.new, **new})
    return proofs


def _with_partners(failed: set[str], found: Inventory, running: list[Server]) -> set[str]:
    """These servers and all that share a relationship with them, because partners share their declaration."""
    named = {
        (half.name, half.address, half.peer_address)
        for server in running
        if server.name in failed
        for half in server.halves
    }
    pointing = {
        server.name
        for server in running
        for half in server.halves
        if (half.name, half.peer_address, half.address) in named
    }
    reached = failed | pointing
    return reached | {name for members in found.members.values() if reached.intersection(members) for name in members}


def _counted(counts: Mapping[str, int]) -> str:
    """Numbers of things, in words."""
    plural = {"class": "classes"}
    return ", ".join(
        f"{number:,} {what if number == 1 else plural.get(what, f'{what}s')}"
        for what, number in counts.items()
        if number
    )


def _files(found: Inventory) -> dict[str, str]:
    """An inventory as files, by name."""
    groups: dict[str, Any] = {}
    for name, members in found.members.items():
        groups[name] = {"hosts": {host: {} for host in members}}
        for side in SIDES:
            hosts = groups.setdefault(f"dhcp_{side}", {"hosts": {}})["hosts"]
            hosts.update((host, {}) for host in members if found.sides.get(host) == side)
    if GROUP not in groups:
        groups[GROUP] = {"children": {name: {} for name in found.members}}
    files = {"hosts.yml": _yaml({"all": {"children": groups}}, "The servers whose configurations were adopted.")}
    shared = "What the partners have in common, adopted from their configurations."
    own = "What is this server's alone, adopted from its configuration."
    for name, variables in found.groups.items():
        if variables:
            files[f"group_vars/{name}.yml"] = _yaml(variables, shared)
    for name, variables in found.hosts.items():
        if variables:
            files[f"host_vars/{file_name(name)}.yml"] = _yaml(variables, own)
    return files
