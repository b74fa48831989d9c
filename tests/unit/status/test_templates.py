# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the playbook status, and its Prometheus metrics, which Ansible's own engine renders."""

from __future__ import annotations

import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.page import view
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.status import failover_report
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._pages import DOCUMENTATION, render
from ansible_collections.netlab.dhcp_failover.tests.unit.status import estate

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE.parents[2] / "playbooks/templates"
REPORTS = {
    "status": failover_report(estate.ANSWERS, estate.DECLARED, estate.NOW),
    "nothing": failover_report({}, [], estate.NOW),
}


def write_all(folder: Path) -> None:
    """Render the metrics for the estate in estate.py, and for one without pairs."""
    init_plugin_loader()
    for case, report in REPORTS.items():
        templar = Templar(DataLoader(), variables={"status": report})
        text = templar.copy_with_new_env(searchpath=[str(TEMPLATES)]).template(
            trust_as_template((TEMPLATES / "status.prom.j2").read_text()),
            escape_backslashes=False,
            overrides={"trim_blocks": True},
        )
        (folder / f"{case}.prom").write_text(str(text))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In a new process, because Ansible sets up its search for collections only once."""
    folder = tmp_path_factory.mktemp("written")
    subprocess.run([sys.executable, __file__, str(folder)], check=True, timeout=120)
    return folder


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def text() -> str:
    return render("status", **view(REPORTS["status"]))


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


class TestPage:
    def test_it_needs_nothing_from_anywhere(self, page: Page, text: str) -> None:
        assert "://" not in text.replace(f'href="{DOCUMENTATION}', "")
        assert not re.search(r"url\(|@import", text)
        assert {tag for tag, _attributes in page.elements}.isdisjoint({"img", "u", "iframe", "object"})
        assert [link["href"] for link in page.all("link")] == ["data:,"]
        assert not [attributes for _tag, attributes in page.elements if "src" in attributes]

    def test_its_policy_allows_its_own_script_only(self, page: Page, text: str) -> None:
        (script,) = re.findall(r"<script>(.*?)</script>\n", text, re.DOTALL)
        assert len(page.all("script")) == 1
        (policy,) = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
        assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy
        assert policy.startswith("default-src 'none';")

    def test_foreign_text_stays_text(self, page: Page) -> None:
        """Otherwise the parser would have seen elements."""
        assert '<b>"gate\\"&</b>' in page.text
        assert "<script>alert(1)</script> OMAPI" in page.text
        assert "<img src=x> Failed to connect" in page.text
        assert "<u>gate" in page.text
        assert not [name for _tag, attributes in page.elements for name in attributes if name.startswith("on")]

    def test_tables_mark_their_parts(self, page: Page) -> None:
        assert len(page.all("table")) == len(page.all("caption"))
        assert {head.get("scope") for head in page.all("th")} == {"col", "row"}
        # On narrow screens the table is laid out as blocks, and only roles preserve its meaning.
        assert [table.get("role") for table in page.all("table")].count("table") == 6
        assert [head.get("role") for head in page.all("th")].count("rowheader") == 12

    def test_only_what_needs_somebody_is_open(self, page: Page) -> None:
        found = {one["class"].split()[1]: "open" in one for one in page.all("details")}
        assert found == {"critical": True, "degraded": True, "unknown": True, "healthy": False}

    def test_no_health_by_colour_alone(self, text: str) -> None:
        badges = re.findall(r'<span class="badge (\w+)">(.*?)</span> ([^<]+)</span>', text)
        assert len(badges) >= 9
        assert all(health in words for health, _symbol, words in badges)
        assert len({(health, symbol) for health, symbol, _words in badges}) == 4

    def test_an_unfinished_deployment_is_noted_beside_the_state(self, page: Page) -> None:
        assert "daemon down" in page.text
        assert "unproven since 2026-11-22" in page.text

    def test_each_server_has_its_daemon(self, page: Page) -> None:
        assert page.text.count("dhcpd 4.4.3-P1") == 7
        assert page.text.count("kea 2.6.3") == 2

    def test_a_reason_leads_to_its_documentation(self, page: Page) -> None:
        links = [link["href"] for link in page.all("a")]
        assert f"{DOCUMENTATION}/operate/reasons.md#daemon-down" in links

    def test_without_pairs_it_says_so(self) -> None:
        assert "No pair in this inventory" in Page(render("status", **view(REPORTS["nothing"]))).text


SAMPLE = re.compile(
    r'(?P<name>[a-z_]+)(?:\{(?P<labels>(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (?P<value>-?[0-9.]+)$'
)


@pytest.mark.parametrize("case", ["status", "nothing"])
def test_prometheus_text_format(case: str, written: Path) -> None:
    text = (written / f"{case}.prom").read_text()
    assert text.endswith("\n")
    family, seen = "", []
    for line in text.splitlines():
        if line.startswith("# HELP "):
            assert line.split()[2] not in seen, "a family is described once"
            continue
        if line.startswith("# TYPE "):
            family, kind = line.split()[2:]
            seen.append(family)
            assert kind == "gauge"
            continue
        sample = SAMPLE.match(line)
        assert sample, line
        # Samples of one family are together, below its description.
        assert sample["name"] == family
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(samples) == len({line.rpartition(" ")[0] for line in samples}), "no series twice"
    if case == "status":
        assert 'dhcp_failover_pairs{health="unknown"} 2' in samples
        assert 'dhcp_failover_clock_offset_seconds{relationship="lab",servers="lab-a,lab-b"} 41.498' in samples
        assert (
            'dhcp_failover_server_deployment_timestamp_seconds{relationship="lab",servers="lab-a,lab-b",server="lab-b",'
            'role="secondary",step="unproven"} 1795384480'
        ) in samples
        at = 'relationship="hill",servers="hill-a,hill-b",server="hill-b",role="secondary"'
        assert f'dhcp_failover_server_info{{{at},daemon="kea",version="2.6.3"}} 1' in samples
        assert f"dhcp_failover_server_serving{{{at}}} 0" in samples
        assert f'dhcp_failover_server_state{{{at},state="hot-standby"}} 1' in samples
        assert any(r'relationship="<b>\"gate\\\"&</b>"' in line for line in samples)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
