# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""server_compare's part on the controller: the certificates of partners, and their authority."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.action.server_compare import (
    lost_authority,
    wanted_certificates,
    with_authority,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import Daemon, Managed, ManagedFile
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import paths

KEYS = (paths.TRUST_ANCHOR, paths.CERT_FILE, paths.KEY_FILE)
PLAIN = Managed("Debian", Daemon("kea", "/u", "/c", (), "/r", "/l", "_kea", "", ""), (ManagedFile("config", "/c"),))
TABLE = Managed(
    "Debian",
    PLAIN.daemon,
    tuple(ManagedFile("package", path, group="_kea", certificate=path == paths.CERT_FILE) for path in KEYS),
)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").write_text("authority")
    return tmp_path


def test_hosts_compare_the_certificate_of_the_authority(authority: Path) -> None:
    found = {row.path: row.sha256 for row in with_authority(TABLE, authority / "ca.pem").files}
    assert [path for path, sha256 in found.items() if sha256] == [paths.TRUST_ANCHOR]
    assert with_authority(TABLE, authority / "no.pem") == TABLE
    assert with_authority(PLAIN, authority / "ca.pem") == PLAIN


@pytest.mark.parametrize(
    "subject, aspect, wanted",
    [
        (paths.KEY_FILE, "", True),
        (paths.CERT_FILE, "end", True),
        (paths.TRUST_ANCHOR, "content", True),
        # Only the rights are to be corrected.
        (paths.KEY_FILE, "mode", False),
        ("/etc/kea/kea-dhcp4.conf", "content", False),
    ],
)
def test_when_a_certificate_is_made(authority: Path, subject: str, aspect: str, wanted: bool) -> None:
    differences = [{"subject": subject, "aspect": aspect}]
    expected = {"folder": paths.TLS_FOLDER, "group": "_kea", "authority": str(authority)}
    assert wanted_certificates(TABLE, differences, authority) == (expected if wanted else {})
    assert wanted_certificates(PLAIN, differences, authority) == {}


def test_another_authority_never_takes_the_place_of_a_lost_one(authority: Path, tmp_path: Path) -> None:
    new = [{"subject": path, "aspect": ""} for path in KEYS]
    elsewhere = tmp_path / "elsewhere"
    assert list(lost_authority(TABLE, [], authority)) == []
    assert list(lost_authority(TABLE, new, elsewhere)) == []
    assert list(lost_authority(PLAIN, [], elsewhere)) == []
    (reason,) = lost_authority(TABLE, [], elsewhere)
    assert f"there is no {elsewhere}/ca.pem. Copy that folder" in reason
