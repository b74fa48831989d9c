# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example in docs/netbox.md, with a server that gives the answers of a NetBox."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from harness import ROOT, Run

ANSWERS = json.loads((ROOT / "tests/system/data/netbox.json").read_text())


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """An answer by the path that was asked for."""
        answer = ANSWERS.get(unquote(self.path).removeprefix("/api/ipam/"))
        allowed = self.headers["Authorization"] == "Token secret"
        self.send_response(200 if answer and allowed else 403 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer if allowed else {"detail": "Invalid token"}).encode())

    def log_message(self, *_words: object) -> None:
        """Nothing."""


@pytest.fixture
def netbox() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_example(run: Run, netbox: str, tmp_path: Path) -> None:
    page = (ROOT / "docs/netbox.md").read_text()
    for name, text in re.findall(r"^```\w+\n\S+ (netbox\.\S+).*?\n(.*?)^```$", page, re.M | re.S):
        (tmp_path / name).write_text(text)
    folder = tmp_path / "group_vars/dhcp_servers"
    folder.mkdir(parents=True)
    (folder / "pair.yml").write_text("dhcp_server_failover: [{name: office, primary: one, secondary: two}]\n")
    hosts = {
        name: {"dhcp_server_interfaces": [{"name": "ens9", "address": f"172.16.1.{last}/24"}]}
        for name, last in (("one", 2), ("two", 3))
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"dhcp_servers": {"hosts": hosts}}))
    play = ("ansible-playbook", "-i", "hosts.yml")
    settings = {"NETBOX_TOKEN": "secret"}
    run(*play, "netbox.yml", "-e", f"netbox_url={netbox}", cwd=tmp_path, env=settings)
    first, second = yaml.safe_load((folder / "netbox.yml").read_text())["dhcp_server_subnets"]
    assert first == {
        "subnet": "172.16.1.0/24",
        "options": {"routers": ["172.16.1.1"]},
        "pools": [{"failover": "office", "ranges": ["172.16.1.20-172.16.1.99", "172.16.1.120-172.16.1.199"]}],
    }
    assert second["pools"][0]["ranges"] == ["172.16.2.10-172.16.2.100"]
    # The declaration has no findings.
    shown = run(*play, "netlab.dhcp_failover.validate", cwd=tmp_path)
    assert "2 pools" in shown, shown
