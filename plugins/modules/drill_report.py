#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: drill_report
short_description: Judge a drill by its evidence, and write its report
description:
  - Reads what the playbook C(netlab.dhcp_failover.drill) has collected in a folder, judges what must hold, and
    writes C(report.html), C(report.json), C(junit.xml) and C(exchanges.jsonl) beside it. Runs on the controller.
  - It can be run again on an older folder.
version_added: 0.2.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  folder:
    description:
      - The folder with the evidence. Every file C(*.jsonl) in it is a record of M(netlab.dhcp_failover.dhcp_probe),
        every C(journal-HOST.txt) a server's journal with times in seconds (C(--output=short-unix)).
    type: path
    required: true
  drill:
    description:
      - What the playbook noted. If not given, it is read from C(drill.json) in the folder; otherwise it is written there.
    type: dict
attributes:
  check_mode:
    support: none
    details: It writes the report.
  diff_mode:
    support: none
    details: The report is always new.
  idempotent:
    support: full
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
"""

EXAMPLES = r"""
- name: Judge the evidence of a drill again
  netlab.dhcp_failover.drill_report:
    folder: .cache/drill/20261122T230000Z
  delegate_to: localhost
"""

RETURN = r"""
ok:
  description: Whether everything held.
  returned: success
  type: bool
table:
  description: The verdicts as a table for people, one line each.
  returned: success
  type: list
  elements: str
injectors:
  description: For each injector its verdicts, figures (seconds) and what happened.
  returned: success
  type: list
  elements: dict
  sample:
    - name: primary-stopped
      ok: true
      figures: {detection: 0.01, takeover: 1.02, renewal: 0.02, normal: 0.04}
      verdicts: []
      happened: []
report:
  description: The report's file.
  returned: success
  type: str
  sample: .cache/drill/20261122T230000Z/report.html
"""

import json
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils import _drill_evidence as evidence
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill import judge
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill_report import junit, page
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._probe_link import read_record

OWN = "exchanges.jsonl"


def read_exchanges(folder: Path) -> list[dict[str, Any]]:
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        if path.name != OWN:
            with path.open(encoding="utf-8") as lines:
                found += [record for record in read_record(lines) if record["record"] == "exchange"]
    return sorted(found, key=lambda record: float(record["ended"]))


def complete(drill: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What `judge` wants, from what the playbook noted and the files beside it."""
    states = []
    for path in sorted(folder.glob("journal-*.txt")):
        host = path.stem.partition("-")[2]
        with path.open(encoding="utf-8", errors="replace") as journal:
            states += evidence.states_of(journal, host, drill["relationship"], float(drill["begin"]))
    shared = evidence.outside(drill.get("before") or {}, drill.get("after") or {})
    injectors = []
    for entry in drill["injectors"]:
        files = []
        for host, leases in (entry.get("databases") or {}).items():
            name = f"leases-{entry['name']}-{host}.json"
            (folder / name).write_text(json.dumps(leases, indent=1) + "\n", encoding="utf-8")
            files.append({"path": name, "title": f"Lease database of {host} after {entry['name']}"})
        verdicts = [evidence.carried_out(entry.get("mishaps") or []), shared]
        injectors.append({**entry, "verdicts": verdicts, "evidence": files})
    known = [("exchanges.jsonl", "Every exchange of a client with a server"), ("report.json", "All of this as JSON")]
    known += [(path.name, f"Journal of {path.stem.partition('-')[2]}") for path in sorted(folder.glob("journal-*.txt"))]
    return {
        **drill,
        "injectors": injectors,
        "states": states,
        "exchanges": read_exchanges(folder),
        "evidence": [{"path": path, "title": title} for path, title in known],
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={"folder": {"type": "path", "required": True}, "drill": {"type": "dict"}},
        supports_check_mode=False,
    )
    folder, drill = Path(module.params["folder"]), module.params["drill"]
    try:
        if drill is None:
            drill = json.loads((folder / "drill.json").read_text(encoding="utf-8"))
        else:
            (folder / "drill.json").write_text(json.dumps(drill, indent=1) + "\n", encoding="utf-8")
        judged = judge(complete(drill, folder))
        (folder / OWN).write_text("".join(json.dumps(one) + "\n" for one in judged["exchanges"]), encoding="utf-8")
        (folder / "report.json").write_text(json.dumps(judged, indent=1) + "\n", encoding="utf-8")
        (folder / "report.html").write_text(page(judged), encoding="utf-8")
        (folder / "junit.xml").write_text(junit(judged), encoding="utf-8")
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}")
    except (KeyError, TypeError, ValueError) as error:
        module.fail_json(msg=f"{folder}: this is no evidence of a drill: {error!r}")
    names = ("name", "ok", "figures", "verdicts", "happened")
    module.exit_json(
        changed=True,
        ok=judged["ok"],
        table=evidence.table(judged),
        injectors=[{name: entry[name] for name in names} for entry in judged["injectors"]],
        report=str(folder / "report.html"),
    )


if __name__ == "__main__":
    main()
