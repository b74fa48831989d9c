# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""server_compare's part on the controller: side, table of files, packages, the promised addresses, the clock."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.netlab.dhcp_failover.plugins.action.failover_info import clock
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.impact import (
    changed_server,
    judge,
    promise,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import NFT, OPENSSL, Managed, ManagedFile
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.managed import digest
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.intervals import union
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._owner import is_dead, owner
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import FAMILIES, managed_files, platform

# The certificate of the authority, in its folder on the controller and beside the server's own.
CA = "ca.pem"
SPEC: dict[str, Any] = {
    "server": {"type": "dict", "required": True},
    "side": {"type": "str", "default": ""},
    "reached_at": {"type": "str", "default": ""},
    "settle_timeout": {"type": "int", "default": 0},
    "checked": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no type information
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        args = self.validate_argument_spec(SPEC)[1]
        halves = args["server"].get("failover") or []
        refused = list(wrong_side(args["side"], halves))
        if not refused:
            # The family that is known, or the likeliest. If the host is of another, it says so, and is asked again.
            family = (variables.get("ansible_facts") or {}).get("os_family")
            found = self._compare(args, family if family in FAMILIES else FAMILIES[0], variables)
            if found.get("os_family", family) in FAMILIES and "running" not in found:
                found = self._compare(args, found["os_family"], variables)
            result.update(found, declared_halves=halves)
            result.pop("invocation", None)
            if result.get("os_family", FAMILIES[0]) not in FAMILIES:
                known = "Debian (tested) and the Red Hat family (untested)"
                refused = [f"the role knows {known}, not {result['os_family']}."]
            lock = result.pop("lock", None)
            if lock and (lock["busy"] or not is_dead(lock["run"])):
                refused.append(lock["message"])
            elif lock:
                result["interrupted"] = {"who": lock["who"], "since": lock["since"]}
            refused += result.pop("refused", [])
        if refused:
            # Everything else would only hide the reasons.
            reasons = [f"{variables.get('inventory_hostname')}: {reason}" for reason in refused]
            return {"failed": True, "msg": "\n".join(reasons)}
        return result

    def _compare(self, args: dict[str, Any], family: str, variables: dict[str, Any]) -> dict[str, Any]:
        table = replace(managed_files(args["server"], family)[0], reached_at=args["reached_at"])
        authority = Path(args["server"].get("ca_folder") or f"{variables.get('inventory_dir') or '.'}/dhcp_ca")
        table = with_authority(table, authority / CA)
        before = time.time()
        data = asdict(table)
        given = {"table": data, "run": owner()["run"], "settle_timeout": args["settle_timeout"]}
        found: dict[str, Any] = self._execute_module(module_args=given, task_vars=variables)
        if found.get("refused") or found.get("lock", {}).get("busy"):
            return found
        if "running" in found:
            found["table"] = {**data, "revision": found.pop("revision"), "checked": args["checked"]}
            found.update(missing_software(found["differences"], platform(family, table.daemon.name)))
            found["certificates"] = wanted_certificates(table, found["differences"], authority)
            found["refused"] = list(lost_authority(table, found["differences"], authority))
        # Only a daemon that will read something else can lose leases.
        if found.get("pending") and found["database"]:
            found["leases"] = self._leases(args["server"], found["halves"], data, variables)
        answer = found.get("status", {})
        if "time" in answer:
            # The host's clock is read after the wait.
            answer.update(clock(answer["time"], before + answer["waited"], time.time()))
        return found

    def _leases(
        self,
        server: dict[str, Any],
        live: list[dict[str, Any]],
        table: dict[str, Any],
        variables: dict[str, Any],
    ) -> dict[str, Any]:
        """What becomes of the host's active leases."""
        promised = promise(dialect(table["daemon"]["name"]).resolve(declare(server), {}))
        given = {"table": table, "promise": asdict(promised)}
        found = self._execute_module(module_args=given, task_vars=variables)
        leases = {
            "daemon": table["daemon"]["name"],
            "affected": found.get("affected", []),
            "problem": None if "affected" in found else found.get("msg"),
            "ranges": union((span.low, span.high) for span in promised.spans),
            "accepts": boolean(server.get("lose_leases"), strict=False),
        }
        alone = changed_server(variables["inventory_hostname"], server.get("failover") or [], live, leases)
        return {**leases, "refused": judge([alone]).refused}


def _certificate(table: Managed) -> ManagedFile | None:
    """The server's certificate for its partners, if it needs one."""
    return next((row for row in table.files if row.certificate), None)


def with_authority(table: Managed, path: Path) -> Managed:
    """The same table, with the checksum of the authority's certificate, if there is one on the controller."""
    own = _certificate(table)
    if own is None or not path.is_file():
        return table
    name, sha256 = str(Path(own.path).with_name(CA)), digest(path.read_bytes())
    rows = (replace(row, sha256=sha256) if row.path == name else row for row in table.files)
    return replace(table, files=tuple(rows))


def wanted_certificates(table: Managed, differences: Iterable[Mapping[str, Any]], authority: Path) -> dict[str, str]:
    """Where to write new certificates, and who makes them; empty if the host needs none."""
    own = _certificate(table)
    if own is None:
        return {}
    folder = Path(own.path).parent
    differ = any(
        Path(item["subject"]).parent == folder and item["aspect"] not in ("owner", "group", "mode")
        for item in differences
    )
    return {"folder": str(folder), "group": own.group, "authority": str(authority)} if differ else {}


def lost_authority(table: Managed, differences: Iterable[Mapping[str, Any]], authority: Path) -> Iterable[str]:
    """Why a host whose authority is not on this controller is refused: another one would separate the partners."""
    own = _certificate(table)
    if own is not None and not (authority / CA).is_file():
        there = str(Path(own.path).with_name(CA))
        if there not in {item["subject"] for item in differences}:
            yield (
                f"its certificate comes from an authority that this controller does not have: there is no {authority}"
                f"/{CA}. Copy that folder from the controller that made it, or name it in dhcp_server_ca_folder. To "
                f"begin again with a new one, remove {Path(own.path).parent} on both servers of each pair."
            )


def wrong_side(side: str, halves: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Why a host is not on the side of its role in all its relationships."""
    sides = {str(half["name"]): half.get("role", "primary") for half in halves}
    if side and set(sides.values()) != {side}:
        found = ", ".join(f"{role} in {name}" for name, role in sides.items())
        yield (
            f"role dhcp_{side} deploys hosts that are {side} in all their relationships. This one is "
            f"{found or 'in no relationship'}. Correct dhcp_server_failover or the host's groups, or apply role "
            "dhcp_server, which deploys hosts of either side and of both."
        )


def missing_software(differences: Iterable[Mapping[str, Any]], names: Mapping[str, Any]) -> dict[str, Any]:
    """The packages to install, and the user to create, which the package of some distributions has."""
    differences = list(differences)
    subjects = {item["subject"] for item in differences}
    packages = {names["binary"]: names["package"], NFT: "nftables", OPENSSL: "openssl"}
    user = not names["user_packaged"] and any(item["section"] == "package" for item in differences)
    return {
        "packages": [package for path, package in packages.items() if path in subjects],
        "user": {"name": names["user"], "home": names["lease_folder"]} if user else {},
    }
