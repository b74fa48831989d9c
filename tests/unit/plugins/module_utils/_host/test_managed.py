# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a host differs from its declaration: each item once as wanted and once different."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host import managed as compare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import (
    Daemon,
    Interface,
    Managed,
    ManagedFile,
    Unit,
    firewall_zone,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.interfaces import Link
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference, How

CONTENT = 'key omapi_key { secret "c2VjcmV0"; };\n'
EMPTY = CONTENT.replace("c2VjcmV0", "")


@pytest.fixture
def file(tmp_path: Path) -> ManagedFile:
    """A file as it should be."""
    path = tmp_path / "omapi.conf"
    path.write_text(CONTENT)
    path.chmod(0o640)
    return ManagedFile(
        section="config",
        path=str(path),
        owner=path.owner(),
        group=path.group(),
        mode="0640",
        sha256=compare.digest(CONTENT.encode()),
    )


# A server with one file that is for no interface.
TABLE = Managed("Debian", Daemon("d", "/u", "/c", (), "/run/d", "/l", "root", "", ""), (ManagedFile("config", "/c"),))


@pytest.fixture
def table() -> Managed:
    return TABLE


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, []),
        ({"owner": "nobody-at-all"}, [(How.DIFFERENT, "owner")]),
        ({"group": "nobody-at-all"}, [(How.DIFFERENT, "group")]),
        ({"mode": "0644"}, [(How.DIFFERENT, "mode")]),
        ({"sha256": compare.digest(b"other")}, [(How.DIFFERENT, "content")]),
        ({"sha256": compare.digest(EMPTY.encode())}, [(How.DIFFERENT, "content")]),
        ({"sha256": compare.digest(EMPTY.encode()), "sensitive": True}, []),
        ({"sha256": "", "owner": "", "group": "", "mode": ""}, []),
        ({"present": False}, [(How.EXTRA, "")]),
        ({"path": "/nowhere/at/all"}, [(How.MISSING, "")]),
        ({"path": "/nowhere/at/all", "present": False}, []),
    ],
)
def test_files(file: ManagedFile, changes: dict[str, Any], expected: list[tuple[How, str]]) -> None:
    wanted = replace(file, **changes)
    found = list(compare.compare_file(wanted))
    assert [(item.kind, item.aspect) for item in found] == expected
    assert {(item.section, item.subject) for item in found} <= {("config", wanted.path)}


def test_a_difference_names_both_values(file: ManagedFile) -> None:
    (found,) = compare.compare_file(replace(file, mode="0644"))
    assert (found.found, found.wanted) == ("0640", "0644")
    assert found.message == f"{file.path} has mode 0640, not 0644"


LINKS = {"lo": Link(["127.0.0.1/8"]), "ens9": Link(["172.16.1.100/24", "fe80::1/64"]), "ens10": Link([])}


@pytest.mark.parametrize(
    "interface, expected",
    [
        ({"name": "ens9", "address": "172.16.1.100/24"}, []),
        ({"name": "ens10"}, []),
        ({"name": "ens9", "address": "172.16.1.100/16"}, [("ens9", "address", "172.16.1.100/16")]),
        ({"name": "ens10", "address": "172.16.1.100/24"}, [("ens10", "address", "172.16.1.100/24")]),
        ({"name": "ens11"}, [("ens11", "", None)]),
    ],
)
def test_interfaces(interface: dict[str, str], expected: list[tuple[str, str, str | None]]) -> None:
    found = list(compare.compare_interface(Interface(**interface), LINKS))
    assert [(item.subject, item.aspect, item.wanted) for item in found] == expected
    assert {(item.section, item.kind) for item in found} <= {("interface", How.MISSING)}


@pytest.mark.parametrize(
    ("address", "written", "chosen"),
    [
        ("172.16.1.7/24", None, ["systemd-networkd"]),
        # It has this address.
        ("172.16.1.100/24", None, []),
        ("172.16.1.100/24", "right", []),
        ("172.16.1.100/24", "old", ["systemd-networkd"]),
    ],
)
def test_files_of_an_interface(
    table: Managed, tmp_path: Path, address: str, written: str | None, chosen: list[str]
) -> None:
    """On a host where systemd-networkd runs. written: what the role's own file holds, if there is one."""
    rows = [
        ManagedFile(
            "interface", str(tmp_path / provider), about="ens9", provider=provider, sha256=compare.digest(b"right")
        )
        for provider in ("systemd-networkd", "ifupdown")
    ]
    if written is not None:
        Path(rows[0].path).write_text(written)
    table = replace(table, files=(*table.files, *rows), interfaces=(Interface("ens9", address), Interface("ens10")))
    found, refused = compare.choose_interface_files(table, LINKS, networkd)
    assert [row.provider for row in found.files if row.provider] == chosen
    assert [row for row in found.files if not row.provider] == list(table.files[:1])
    assert refused == []


def networkd(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    here = words[-1] == "systemd-networkd.service"
    return subprocess.CompletedProcess(words, 0 if here else 1, "ActiveState=active" if here else "", "")


def test_interfaces_that_must_not_be_configured(table: Managed) -> None:
    interfaces = (Interface("ens8"), Interface("ens9", "172.16.1.7/24"))
    table = replace(table, interfaces=interfaces, reached_at="172.16.1.100")
    assert compare.choose_interface_files(table, LINKS, networkd)[1] == [
        "interface ens8 does not exist; this host has ens10, ens9, lo. Correct dhcp_server_interfaces, or attach the "
        "interface.",
        "interface ens9 lacks 172.16.1.7/24, and the role does not add it: it carries 172.16.1.100/24, by which "
        "Ansible reaches this host. Add 172.16.1.7/24 to ens9 where that is configured now, or name another interface "
        "in dhcp_server_interfaces.",
    ]


GOOD = {
    "LoadState": "loaded",
    "UnitFileState": "enabled",
    "ActiveState": "active",
    "NeedDaemonReload": "no",
    "ActiveEnterTimestamp": "Sun 2026-11-22 22:21:36.500000 UTC",
}
ENTERED = 1795386096.5


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, []),
        ({"UnitFileState": "disabled"}, [("different", "enabled", "disabled")]),
        ({"UnitFileState": ""}, [("different", "enabled", "not installed")]),
        (
            {"LoadState": "masked", "ActiveState": "inactive"},
            [("different", "enabled", "masked"), ("different", "active", "inactive")],
        ),
        ({"ActiveState": "failed"}, [("different", "active", "failed")]),
        ({"NeedDaemonReload": "yes"}, [("unread", "definition", None)]),
    ],
)
def test_units(changes: dict[str, str], expected: list[tuple[str, str, str | None]]) -> None:
    found = list(compare.compare_unit(Unit("firewall", "u"), {**GOOD, **changes}))
    assert [(item.kind.value, item.aspect, item.found) for item in found] == expected
    assert {(item.section, item.subject) for item in found} <= {("firewall", "u")}


@pytest.mark.parametrize(
    "written, entered, read",
    [
        (ENTERED - 1, GOOD["ActiveEnterTimestamp"], True),
        (ENTERED + 1, GOOD["ActiveEnterTimestamp"], False),
        (ENTERED - 1, "", False),
    ],
)
def test_a_unit_has_read_what_was_there_before_it(tmp_path: Path, written: float, entered: str, read: bool) -> None:
    rules = tmp_path / "rules"
    rules.touch()
    os.utime(rules, (written, written))
    unit = Unit("firewall", "u", reads=(str(rules),))
    found = compare.compare_unit(unit, {**GOOD, "ActiveEnterTimestamp": entered})
    assert [(item.kind, item.aspect) for item in found] == ([] if read else [(How.UNREAD, str(rules))])


def test_the_daemon_has_read_what_is_older_than_its_folder(tmp_path: Path) -> None:
    folder, old, new = tmp_path / "run", tmp_path / "old", tmp_path / "new"
    folder.mkdir()
    for path, time in ((folder, 100), (old, 99), (new, 101)):
        path.touch()
        os.utime(path, (time, time))
    read = [str(old), str(new), str(tmp_path / "missing")]
    assert compare.unread_files(read, str(folder)) == [str(new)]
    assert compare.unread_files(read, str(tmp_path / "no daemon")) == []


ACCEPT = 'rule priority="-647" family="ipv4" source address="172.16.4.20" port port="647" protocol="tcp" accept'
DROP = 'rule priority="-646" port port="647" protocol="tcp" drop'
FOREIGN = 'rule family="ipv4" source address="10.0.0.1" accept'


def zone(services: str, *rules: str) -> str:
    """A zone as `firewall-cmd --list-all` prints it."""
    head = f"public (default, active)\n  target: default\n  services: {services}\n  ports: \n  rich rules: \n"
    return head + "".join(f"\t{rule}\n" for rule in rules)


GOOD_ZONE = zone("dhcp ssh", FOREIGN, ACCEPT, DROP)


@pytest.mark.parametrize(
    "now, later, expected",
    [
        (GOOD_ZONE, GOOD_ZONE, []),
        (zone("ssh", ACCEPT, DROP), GOOD_ZONE, [("missing", "runtime", "service dhcp")]),
        (GOOD_ZONE, zone("dhcp", ACCEPT), [("missing", "permanent", DROP)]),
        (
            GOOD_ZONE.replace("4.20", "4.21"),
            GOOD_ZONE,
            [("missing", "runtime", ACCEPT), ("extra", "runtime", ACCEPT.replace("4.20", "4.21"))],
        ),
        ("", GOOD_ZONE, [("missing", "runtime", item) for item in ("service dhcp", ACCEPT, DROP)]),
    ],
)
@pytest.mark.parametrize("name, words", [("", []), ("dmz", ["--zone=dmz"])])
def test_firewalld(now: str, later: str, expected: list[tuple[str, ...]], name: str, words: list[str]) -> None:
    listings = {
        ("firewall-cmd", *words, "--list-all"): now,
        ("firewall-cmd", "--permanent", *words, "--list-all"): later,
    }
    wanted = firewall_zone(name, ["dhcp"], [("172.16.4.20", 647)], [647])

    def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, 0, listings[tuple(words)], "")

    found = compare.compare_zone(wanted, run)
    assert [(item.kind.value, item.aspect, item.wanted or item.found) for item in found] == expected


def test_units_are_read_in_order() -> None:
    assert compare.read_units("A=1\nB=x=y\n\nA=2\n") == [{"A": "1", "B": "x=y"}, {"A": "2"}]


@pytest.mark.parametrize(
    "text, family",
    [
        ("ID=debian\n", "Debian"),
        ('ID=ubuntu\nID_LIKE="debian"\n', "Debian"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "RedHat"),
        ("ID=fedora\n", "RedHat"),
        ("ID=arch\n", "arch"),
        ("", "unknown"),
    ],
)
def test_families(text: str, family: str) -> None:
    assert compare.os_family(text) == family


@pytest.mark.parametrize(
    "section, unproven, install, pending",
    [
        ("config", False, False, True),
        ("service", False, False, True),
        ("firewall", False, True, False),
        ("firewall", True, True, True),
    ],
)
def test_what_is_to_be_done(section: str, unproven: bool, install: bool, pending: bool) -> None:
    difference = Difference(section, How.MISSING, "it", "It is missing.")
    found = compare.HostState(TABLE, (difference,), True, {}, (), unproven)
    assert (found.install, found.pending) == (install, pending)


def test_the_revision_changes_with_every_managed_file(tmp_path: Path) -> None:
    conf, missing = tmp_path / "conf", tmp_path / "missing"
    conf.write_text("old")
    rows = tuple(ManagedFile("config", str(path), "some.j2") for path in (conf, missing))
    table = replace(TABLE, files=rows, daemon=replace(TABLE.daemon, config=str(conf)))
    found = [compare.revision(table)]
    assert found == [compare.revision(table)]
    conf.chmod(0o600)
    found.append(compare.revision(table))
    conf.write_text("new")
    found.append(compare.revision(table))
    missing.touch()
    found.append(compare.revision(table))
    Path(table.journal).touch()
    found.append(compare.revision(table))
    assert len(set(found)) == len(found)


def test_the_space_that_a_deployment_needs(tmp_path: Path) -> None:
    conf, rules, leases = tmp_path / "etc/conf", tmp_path / "etc/nft/rules", tmp_path / "var/leases"
    leases.parent.mkdir()
    leases.write_bytes(bytes(10_000))
    rows = (
        ManagedFile("config", str(conf), "some.j2", size=5000),
        ManagedFile("config", f"{conf}.same", "some.j2", size=5000),
        ManagedFile("firewall", str(rules), "some.j2", size=1),
    )
    daemon = replace(TABLE.daemon, config=str(conf), lease_file=str(leases))
    table = replace(TABLE, files=rows, daemon=daemon, lock=str(tmp_path / "run/lock"))
    firewall = Difference("firewall", How.MISSING, str(rules), "It is missing.")
    changed = Difference("config", How.DIFFERENT, str(conf), "It differs.", "content")

    def needed(*differences: Difference) -> dict[str, int]:
        found: dict[str, int] = {}
        for folder, number in compare.needed_space(compare.HostState(table, differences, True, {})):
            name = str(folder.relative_to(tmp_path))
            found[name] = found.get(name, 0) + number
        return found

    assert needed() == {}
    assert needed(firewall) == {"etc/nft": 4096, "run": 4096}
    database = compare.LEASE_RESERVE + 20_000
    assert needed(firewall, changed) == {"etc/nft": 4096, "etc": 16384, "run": 4096, "var": database}


def test_full_file_systems_are_told_with_all_their_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=3 * 2**20))
    one, two = tmp_path / "not/there", tmp_path
    (space,) = compare.read_space([(one, 2**20), (two, 2**21), (one, 2**10)])
    assert space.needed > space.free
    assert space.message("the deployment") == (
        f"the file system of {one}, {two} has 3 MiB free, but the deployment needs 3 MiB there. Free some space first."
    )
    assert compare.show_bytes(5000) == "5 KiB"


@pytest.mark.parametrize(
    "properties, refused",
    [
        ({"ActiveState": "inactive", "UnitFileState": ""}, False),
        ({"ActiveState": "failed", "UnitFileState": "disabled"}, False),
        ({"ActiveState": "active", "UnitFileState": "disabled"}, True),
        # It would serve after the next boot.
        ({"ActiveState": "inactive", "UnitFileState": "enabled"}, True),
    ],
)
def test_a_host_whose_other_daemon_serves_is_refused(properties: dict[str, str], refused: bool) -> None:
    asked: list[str] = []

    def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if words[0] != "systemctl":
            return subprocess.CompletedProcess(words, 0, "[]", "")
        asked.extend(word for word in words if word.endswith(".service"))
        blocks = [{**GOOD, "ActiveState": "inactive"}, properties]
        return subprocess.CompletedProcess(
            words, 0, "\n".join("".join(f"{k}={v}\n" for k, v in block.items()) for block in blocks), ""
        )

    found = compare.compare(replace(TABLE, rivals=("other",)), run)
    assert asked == ["d.service", "other.service"]
    assert not found.running
    assert [text.partition(" serves ")[0] for text in found.refused] == (["other"] if refused else [])
    assert all(text.endswith("systemctl disable --now other") for text in found.refused)


@pytest.mark.parametrize("rivals", [(), ("other",)])
def test_a_host_whose_pair_moves_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rivals: tuple[str, ...]
) -> None:
    """But for the migration itself, which knows no rivals."""
    journal = tmp_path / "migration.json"
    journal.touch()
    monkeypatch.setattr(compare, "MIGRATION", str(journal))

    def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, 0, "[]" if words[0] == "ip" else "", "")

    found = compare.compare(replace(TABLE, rivals=rivals), run).refused
    assert [text.partition(" (")[0] for text in found] == ["its pair is on its way to another daemon"] * len(rivals)


def test_a_release_that_cannot_run_it_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    release = tmp_path / "os-release"
    release.write_text("ID=debian\nVERSION_CODENAME=bookworm\n")
    monkeypatch.setattr(compare, "OS_RELEASE", release)

    def refused(*unfit: tuple[str, str]) -> list[str]:
        def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
            return subprocess.CompletedProcess(words, 0, "[]" if words[0] == "ip" else "", "")

        found: list[str] = compare.describe_host(replace(TABLE, unfit=unfit), run)["refused"]
        return found

    assert refused() == refused(("trixie", "No.")) == []
    assert refused(("bookworm", "No.")) == ["No."]


def certificate(ends: str) -> str:
    """What the comparison reads of a certificate."""
    return ssl.DER_cert_to_PEM_cert(b"\x30\x82..\x30\x1e\x17\x0d261126000000Z\x17\x0d" + ends.encode() + b"Z..")


@pytest.mark.parametrize(
    "text, ends",
    [
        (certificate("281125001458"), 1858724098.0),
        (certificate("281325001458"), None),
        ("", None),
        ("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n", None),
    ],
)
def test_the_end_of_a_certificate(text: str, ends: float | None) -> None:
    assert compare.certificate_end(text) == ends


@pytest.mark.parametrize("days, aspects", [(365, []), (91, []), (89, ["end"]), (-1, ["end"])])
def test_a_certificate_is_replaced_before_it_ends(tmp_path: Path, days: int, aspects: list[str]) -> None:
    path = tmp_path / "server.pem"
    ends = datetime.now(timezone.utc) + timedelta(days=days)
    path.write_text(certificate(f"{ends:%y%m%d%H%M%S}"))
    found = list(compare.compare_file(ManagedFile("package", str(path), certificate=True)))
    assert [item.aspect for item in found] == aspects
    assert all(" ends at 20" in item.message for item in found)
    path.write_text("something else")
    (item,) = compare.compare_file(ManagedFile("package", str(path), certificate=True))
    assert item.message == f"{path} is no certificate"
