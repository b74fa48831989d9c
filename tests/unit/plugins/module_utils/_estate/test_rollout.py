# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollout's decisions, without a daemon: batches, preflight, refusals, gates."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate import rollout
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model import lease_set
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import (
    RESTART_SECTIONS,
    Difference,
    How,
)
from ansible_collections.netlab.dhcp_failover.tests.unit.status.estate import with_meaning


def difference(section: str, kind: How, subject: str, **more: str) -> dict[str, Any]:
    return Difference(section, kind, subject, "it differs", **more).as_dict()


DAEMONS = {
    "dhcpd": {"name": "dhcpd", "config": "/etc/dhcp/dhcpd.conf", "hands_over": False, "anchor": ""},
    "kea": {"name": "kea", "config": "/etc/kea/kea-dhcp4.conf", "hands_over": True, "anchor": "/ca.pem"},
}
CHANGED = difference("config", How.DIFFERENT, "/etc/dhcp/dhcpd.conf", aspect="content")


def address(name: str) -> str:
    return f"192.0.2.{ord(name)}"


def half(name: str, own: str, peer: str, role: str, port: int = 647) -> dict[str, Any]:
    return {
        "name": name,
        "role": role,
        "address": address(own),
        "port": port,
        "peer_address": address(peer),
        "peer_port": port,
    }


def halves_of(host: str, relationships: list[str], port: int = 647) -> list[dict[str, Any]]:
    """`p-s` is the relationship between primary p and secondary s."""
    found = []
    for name in relationships:
        primary, secondary = name.split("-")[:2]
        if host == primary:
            found.append(half(name, primary, secondary, "primary", port))
        elif host == secondary:
            found.append(half(name, secondary, primary, "secondary", port))
    return found


def server(host: str, relationships: list[str], **changes: Any) -> rollout.DeployedServer:
    """A server of a healthy pair with a new configuration to read; `changes` override its values."""
    declared = halves_of(host, relationships, changes.get("port", 647))
    live = changes.get("live", halves_of(host, relationships))
    state = changes.get("state", "normal")
    answer: dict[str, Any] = {
        "running": True,
        "time": 1000.5,
        "version": "4.4.3-P1",
        "clock_offset": 0.0,
        "clock_uncertainty": 0.2,
        "relationships": [
            with_meaning({"name": item["name"], "local_state": state, "since": "2026-11-22T10:00:00Z", "problem": None})
            for item in live
        ],
        **changes.get("answer", {}),
    }
    found = {
        "differences": [CHANGED],
        "running": True,
        "unproven": False,
        "addresses": [address(host)],
        "halves": live,
        "declared_halves": declared,
        "closed": [],
        "table": {"daemon": DAEMONS[changes.get("daemon", "dhcpd")]},
        "status": changes.get("silent", answer),
        **changes.get("found", {}),
    }
    # The host derives these from its differences.
    sections = {item["section"] for item in found["differences"]}
    found["install"] = bool(sections - RESTART_SECTIONS)
    found["pending"] = found["unproven"] or bool(sections & RESTART_SECTIONS)
    return rollout.DeployedServer(host, found)


def pair(**secondary: Any) -> list[rollout.DeployedServer]:
    return [server("p", ["p-s"]), server("s", ["p-s"], **secondary)]


def batches(servers: list[rollout.DeployedServer], forced: bool = False) -> list[list[str]]:
    plan = rollout.make_plan(servers, forced)
    assert plan.errors == []
    return [batch.hosts for batch in plan.batches]


@pytest.mark.parametrize(
    "relationships, pending, expected",
    [
        (["p-s"], "ps", ["s", "p"]),
        (["p-s"], "p", ["p"]),
        (["a-b", "c-d"], "abcd", ["bd", "ac"]),
        # north - hub - south: the hub is primary of one and secondary of the other.
        (["n-h", "h-s"], "nhs", ["s", "h", "n"]),
        (["n-h", "h-s"], "ns", ["ns"]),
        # Each is the other's primary, so one must come first.
        (["a-b", "b-a"], "ab", ["a", "b"]),
        (["a-b", "b-c", "c-a"], "abc", ["a", "c", "b"]),
        ([], "ab", ["ab"]),
    ],
)
def test_no_partners_at_once_and_secondaries_first(relationships: list[str], pending: str, expected: list[str]) -> None:
    hosts = sorted({host for name in relationships for host in name.split("-")} | set(pending))
    servers = [server(host, relationships, found={} if host in pending else {"differences": []}) for host in hosts]
    assert batches(servers) == [list(batch) for batch in expected]


def test_a_pair_that_is_as_declared_is_left_alone() -> None:
    plan = rollout.make_plan([server(host, ["p-s"], found={"differences": []}) for host in "ps"])
    assert plan == rollout.RolloutPlan(clocks={"p": 0.0, "s": 0.0})
    assert rollout.tell_plan(plan, "ps") == ["p: unchanged.", "s: unchanged."]


def test_no_restart_without_need() -> None:
    rules = difference("firewall", How.DIFFERENT, "/etc/nftables.d/dhcp-server.nft")
    plan = rollout.make_plan(
        [server("p", ["p-s"], found={"differences": [rules]}), *pair(found={"differences": []})[1:]]
    )
    assert (plan.prepare, plan.pending, plan.batches) == (["p"], [], [])


@pytest.mark.parametrize(
    "offset, errors, warnings",
    [(0.0, 0, 0), (29.9, 0, 0), (30.0, 0, 1), (-59.9, 0, 1), (60.0, 1, 0), (-61.0, 1, 0)],
)
def test_clocks(offset: float, errors: int, warnings: int) -> None:
    plan = rollout.make_plan(pair(answer={"clock_offset": offset}))
    assert (len(plan.errors), len(plan.warnings)) == (errors, warnings)
    assert all("clocks of p and s are" in text for text in plan.errors + plan.warnings)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"answer": {"version": "4.4.1"}}, "p has dhcpd 4.4.3-P1, s has dhcpd 4.4.1"),
        ({"found": {"addresses": ["198.51.100.1"]}}, "s: no interface has the address 192.0.2.115"),
        ({"state": "communications-interrupted"}, "s is communications-interrupted since 2026-11-22T10:00:00Z"),
        (
            {"silent": {"msg": "s: OMAPI: nothing listens"}},
            "not normal: p is normal since 2026-11-22T10:00:00Z; s: OMAPI",
        ),
        ({"found": {"closed": [f"{address('p')}:647"]}}, "s does not reach TCP port 647 of p"),
    ],
)
def test_refusals(changes: dict[str, Any], message: str) -> None:
    errors = rollout.make_plan(pair(**changes)).errors
    assert len(errors) == 1
    assert message in errors[0]


@pytest.mark.parametrize(
    "changes",
    [
        # A daemon that is not there yet has no version and no half.
        {"live": [], "answer": {"version": None}},
        # The address will be set during this run.
        {
            "found": {
                "addresses": [],
                "differences": [
                    CHANGED,
                    difference("interface", How.MISSING, "ens9", aspect="address", wanted="192.0.2.115/24"),
                ],
            }
        },
        # An interrupted run, before the restart or before the gate.
        {"state": "recover", "found": {"unproven": True}},
        # A daemon that waits for its restart with another OMAPI key cannot be asked; its partner can.
        {
            "silent": {"msg": "s: wrong key"},
            "found": {
                "differences": [difference("service", How.UNREAD, "isc-dhcp-server", aspect="/etc/dhcp/omapi.conf")]
            },
        },
    ],
)
def test_no_refusal(changes: dict[str, Any]) -> None:
    assert rollout.make_plan(pair(**changes)).errors == []


@pytest.mark.parametrize(
    "addresses, refused",
    [
        # Its host was prepared for the declared address, and no longer has the one that its daemon uses.
        (["192.0.2.115"], False),
        # It has both.
        (["192.0.2.115", "192.0.2.120"], True),
    ],
)
def test_a_pair_is_not_judged_if_an_address_has_moved(addresses: list[str], refused: bool) -> None:
    servers = [
        server("p", ["p-s"], live=[half("p-s", "p", "x", "primary")], state="communications-interrupted"),
        server(
            "s",
            ["p-s"],
            live=[half("p-s", "x", "p", "secondary")],
            state="communications-interrupted",
            found={"addresses": addresses},
        ),
    ]
    assert bool(rollout.make_plan(servers).errors) == refused


@pytest.mark.parametrize("state, refused", [("normal", False), ("recover", True)])
def test_lease_databases_decide_for_a_pair_without_omapi(state: str, refused: bool) -> None:
    """Hand-written configurations often have no OMAPI. The first restart cannot be proven, so one gate follows both."""
    silent = {"silent": {"msg": "no key to ask with", "saved": {"p-s": state}}}
    plan = rollout.make_plan([server("p", ["p-s"], **silent), server("s", ["p-s"], **silent)])
    assert bool(plan.errors) == refused
    if not refused:
        assert "has no OMAPI" in plan.warnings[0]
        assert [batch.gate for batch in plan.batches] == [{}, {"p": ["p-s"], "s": ["p-s"]}]


def test_a_pair_that_is_not_normal_is_repaired_on_request() -> None:
    plan = rollout.make_plan(pair(state="startup"), forced=True)
    assert plan.errors == []
    assert "Going on, because of deploy_pair_not_normal" in plan.warnings[0]
    # Its only gate is the last one: with one side repaired, the pair may still not be normal.
    assert [batch.gate for batch in plan.batches] == [{}, {"p": ["p-s"], "s": ["p-s"]}]


def test_each_side_has_its_gate() -> None:
    first, second = rollout.make_plan(pair()).batches
    assert (first.hosts, first.gate, first.rollback, first.final) == (
        ["s"],
        {"p": ["p-s"], "s": ["p-s"]},
        {"p-s": ["s"]},
        [],
    )
    assert (second.hosts, second.rollback, second.final) == (["p"], {"p-s": ["p"]}, ["p-s"])
    assert (first.confirm, second.confirm) == (["s"], ["p"])


@pytest.mark.parametrize("changes", [{"port": 1647}, {"live": []}], ids=["another port", "first deployment"])
def test_changes_to_both_sides_have_one_gate_and_one_rollback(changes: dict[str, Any]) -> None:
    servers = [server(host, ["p-s"], **changes) for host in "ps"]
    first, second = rollout.make_plan(servers).batches
    assert (first.gate, first.confirm) == ({}, [])
    assert (second.rollback, second.confirm, second.complete) == ({"p-s": ["p", "s"]}, ["p", "s"], {"p": ["s"]})


@pytest.mark.parametrize("changes", [{"found": {"running": False}}, {"port": 1647}])
def test_closed_ports_count_only_if_the_partner_keeps_listening(changes: dict[str, Any]) -> None:
    """A port of s that p cannot reach, while s does not run, or will listen elsewhere."""
    servers = [server("p", ["p-s"], found={"closed": [f"{address('s')}:647"]}, port=changes.get("port", 647))]
    plan = rollout.make_plan([*servers, server("s", ["p-s"], **changes)], forced=False)
    assert [text for text in plan.errors if "does not reach" in text] == []


@pytest.mark.parametrize(
    "result, message",
    [
        (
            {"unreachable": True, "msg": "Connection refused."},
            "s cannot be reached: Connection refused. Make it reachable",
        ),
        ({"msg": "s: an unknown platform"}, "s: an unknown platform"),
        ({"msg": "no reason"}, "s: no reason"),
    ],
)
def test_a_server_that_could_not_be_compared_stops_everything(result: dict[str, Any], message: str) -> None:
    plan = rollout.make_plan(pair()[:1], unknown={"s": result})
    assert len(plan.errors) == 1
    assert plan.errors[0].startswith(message)
    assert rollout.tell_plan(plan, "ps")[-1] == "Nothing was changed on p, s."
    assert rollout.tell_plan(plan, "ps", prepared=True)[-1] == "No daemon was touched on p, s."


def test_what_will_happen_is_said_before() -> None:
    plan = rollout.make_plan(pair(found={"unproven": True}))
    lines = rollout.tell_plan(plan, "ps")
    assert lines[0].startswith("WARNING: s: an earlier deployment was interrupted")
    assert lines[1:] == ["p: it differs", "s: it differs", "Restart s, then p."]


@pytest.mark.parametrize(
    "unproven, end",
    [(True, "before the pair was normal with its configuration. This one finishes it, or"), (False, "before its end.")],
)
def test_the_plan_says_whose_deployment_was_interrupted(unproven: bool, end: str) -> None:
    killed = {"who": "ann@desk (process 7)", "since": "2026-11-22T10:00:00Z"}
    plan = rollout.make_plan(pair(found={"unproven": unproven, "interrupted": killed}))
    begin = "s: the deployment that ann@desk (process 7) began at 2026-11-22T10:00:00Z was interrupted"
    assert [text.startswith(f"{begin} {end}") for text in plan.warnings] == [True]


def said(state: str = "normal", *faults: dict[str, Any]) -> dict[str, Any]:
    report = with_meaning({"name": "p-s", "local_state": state, "since": "2026-11-22T10:00:00Z", "problem": None})
    return {"relationships": [report], "faults": list(faults), "time": 2000.0}


def fault(kind: str, seconds: int = 1500, relationship: str | None = "p-s") -> dict[str, Any]:
    time = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"kind": kind, "relationship": relationship, "message": f"a {kind}", "time": time}


OK: dict[str, Any] = {"changed": True}
GONE: dict[str, Any] = {"unreachable": True, "msg": "Failed to connect."}
BROKEN: dict[str, Any] = {"failed": True, "msg": "s: The daemon did not come up."}
Results = dict[str, tuple[dict[str, Any], dict[str, Any]]]


def after_steps(plan: rollout.RolloutPlan, *steps: Results) -> rollout.Step:
    """The step after these results, by host: those of managed_server and of the gate. Hosts left out did well."""
    step = rollout.begin(plan)
    for given in steps:
        hosts = {**step.states, **step.gate, **step.settle}
        results = {host: rollout.StepResult(*given.get(host, (OK, answer_of(plan, host)))) for host in hosts}
        step = rollout.advance(plan, step, results, 1000.0)
    return step


def answer_of(plan: rollout.RolloutPlan, host: str) -> dict[str, Any]:
    names = {name for batch in plan.batches for name in batch.gate.get(host, [])}
    return {**said(), "relationships": [{**said()["relationships"][0], "name": name} for name in names]}


def test_the_steps_of_a_pair() -> None:
    plan = rollout.make_plan(pair())
    both = {"p": ["p-s"], "s": ["p-s"]}
    expected: list[tuple[dict[str, str], dict[str, list[str]]]] = [
        ({"p": "staged", "s": "staged"}, {}),
        ({"s": "active"}, both),
        ({"p": "active", "s": "confirmed"}, both),
        ({"p": "confirmed"}, {}),
        ({}, {}),
    ]
    for number, (states, gate) in enumerate(expected):
        step = after_steps(plan, *[{}] * number)
        assert (step.states, step.gate) == (states, gate)
    assert rollout.end(plan, step, "ps") == rollout.Ending(
        ["p runs the new configuration (normal).", "s runs the new configuration (normal)."], False
    )


@pytest.mark.parametrize(
    "number, after, closed",
    [
        (0, {"p": said(), "s": said()}, []),
        (0, {"p": said(), "s": said("recover")}, ["s is recover since 2026-11-22T10:00:00Z"]),
        (0, {"p": {}, "s": said()}, ["p: no answer"]),
        (0, {"p": GONE, "s": said()}, ["p cannot be reached: Failed to connect"]),
        (0, {"p": said(), "s": {"msg": "s: wrong key"}}, ["s: wrong key"]),
        # Only one side knows the new range yet.
        (0, {"p": said("normal", fault("unknown-ip-address")), "s": said()}, []),
        (1, {"p": said("normal", fault("unknown-ip-address")), "s": said()}, ["p: a unknown-ip-address"]),
        # The plan has warned of it.
        (0, {"p": said("normal", fault("clock-skew")), "s": said()}, []),
        (
            0,
            {"p": said(), "s": said("normal", fault("time-mismatch", relationship=None))},
            ["s: a time-mismatch"],
        ),
        # Older than the batch, or about another relationship.
        (1, {"p": said("normal", fault("unknown-ip-address", 999)), "s": said()}, []),
        (1, {"p": said("normal", fault("unknown-ip-address", relationship="q")), "s": said()}, []),
    ],
)
def test_gate(number: int, after: dict[str, Any], closed: list[str]) -> None:
    plan = rollout.make_plan(pair())
    (host,) = plan.batches[number].hosts
    step = after_steps(plan, {}, *[{}] * number, {one: (OK, answer) for one, answer in after.items()})
    assert [line.strip() for line in step.report if line.startswith("  ") and "journalctl" not in line] == closed
    assert step.states[host] == ("restored" if closed else "confirmed")
    assert (step.settle != {}) == bool(closed)


def test_faults_count_by_the_hosts_own_clock() -> None:
    """The controller's time is 1000 s; the clock of p is 10 s behind."""
    late = {"p": (OK, said("normal", fault("invalid-partner", 995)))}
    assert after_steps(rollout.make_plan(pair()), {}, late).report == []
    servers = [server("p", ["p-s"], answer={"clock_offset": -10.0}), *pair()[1:]]
    assert "  p: a invalid-partner" in after_steps(rollout.make_plan(servers), {}, late).report


@pytest.mark.parametrize("changes", [{"port": 1647}, {"live": []}])
def test_servers_that_share_a_gate_roll_back_together(changes: dict[str, Any]) -> None:
    plan = rollout.make_plan([server(host, ["p-s"], **changes) for host in "ps"])
    assert after_steps(plan, {}, {}, {"p": (OK, said("recover"))}).states == {"p": "restored", "s": "restored"}
    assert after_steps(plan, {}, {}, {"p": (GONE, GONE)}).states == {"p": "restored", "s": "restored"}
    # A server that did not come up has restored itself.
    assert after_steps(plan, {}, {}, {"p": (BROKEN, said())}).states == {"s": "restored"}


def test_a_server_with_an_interrupted_deployment_is_left_alone_after_a_failure() -> None:
    plan = rollout.make_plan([server("p", ["p-s"], found={"unproven": True}), *pair()[1:]])
    assert after_steps(plan, {"s": (BROKEN, {})}).states == {}


def test_after_a_failure_only_started_pairs_continue() -> None:
    servers = [server(host, ["p-s"], port=1647) for host in "ps"] + [server(host, ["a-b"]) for host in "ab"]
    plan = rollout.make_plan(servers)
    assert after_steps(plan, {}, {}).states == {"p": "active", "a": "active", "b": "confirmed"}
    completing = after_steps(plan, {}, {"b": (BROKEN, said("recover"))})
    assert completing.states == {"p": "active"}
    assert completing.gate == {"p": ["p-s"], "s": ["p-s"]}
    assert completing.needs == {"p": ["p", "s"], "s": ["p", "s"]}
    assert after_steps(plan, {}, {"s": (BROKEN, {})}).states == {"b": "confirmed"}


def test_a_server_is_restored_if_its_partner_is_not_restarted_any_more() -> None:
    """The hub is the primary of both; one of its partners does not come up."""
    plan = rollout.make_plan([server(host, ["h-s", "h-t"], port=1647) for host in "hst"])
    assert after_steps(plan, {}, {"s": (BROKEN, {})}).states == {"t": "restored"}


def test_nothing_is_restarted_if_a_daemon_refuses_its_configuration() -> None:
    plan = rollout.make_plan(pair())
    refused = {"s": ({"failed": True, "msg": "s: The new configuration is refused."}, {})}
    # The other server, which is staged, has nothing to restore; its lock ends.
    assert (after_steps(plan, refused).states, after_steps(plan, refused).gate) == ({"p": "restored"}, {})
    step = after_steps(plan, refused, {}, {}, {})
    assert step.states == {}
    assert rollout.end(plan, step, "ps") == rollout.Ending(
        [
            "s: The new configuration is refused.",
            "p runs as before. The new configuration is beside the present one, as dhcpd.conf.staged.",
            "s runs as before.",
            rollout.NEXT,
        ],
        True,
    )


BACK = "s runs its previous configuration again. The new one is on the host as dhcpd.conf.staged."
WAITS = "p runs as before. The new configuration is beside the present one, as dhcpd.conf.staged."
CLOSED = 'Relationship "p-s" did not become normal after the restart of s:'


@pytest.mark.parametrize(
    "steps, lines",
    [
        # Unreachable before its turn, in its turn, at its gate, for its confirmation, and for its rollback.
        ([{"s": (GONE, {})}], ["s runs as before. Nothing of the new configuration is on it.", WAITS]),
        ([{}, {"s": (GONE, GONE)}], [CLOSED, "s runs its previous configuration again.", WAITS]),
        ([{}, {"s": (GONE, GONE)}, {"s": (GONE, GONE)}], ["s runs the new or the previous configuration.", WAITS]),
        ([{}, {"s": (OK, GONE)}], [CLOSED, "  s cannot be reached: Failed to connect", BACK, WAITS]),
        (
            [{}, {}, {"s": (GONE, said())}],
            ["s runs the new configuration (normal), which is still", "p runs the new configuration (normal)."],
        ),
        # Did not come up, or not normal.
        (
            [{}, {"s": (BROKEN, {})}],
            ["s: The daemon did not come up.", "s may run either configuration, or none.", WAITS],
        ),
        (
            [{}, {"s": (OK, {**said("recover"), "log": ["a line"]})}],
            [CLOSED, "  s is recover since", "Last log lines of dhcpd on s:", "  a line", BACK, "  s: relationship"],
        ),
        (
            [{}, {"s": (OK, said("recover"))}, {"s": (BROKEN, {})}],
            [CLOSED, "s may run either configuration, or none.", WAITS],
        ),
        (
            [{}, {"s": (OK, said("recover"))}, {"s": ({"stopped": True}, {})}],
            [CLOSED, "s is stopped, as it was before."],
        ),
        # After the primary's restart.
        ([{}, {}, {"p": (OK, said("recover"))}], ["p runs its previous configuration", "s runs the new configuration"]),
    ],
)
def test_every_end_says_what_each_server_runs_and_what_to_do(steps: list[Results], lines: list[str]) -> None:
    plan = rollout.make_plan(pair())
    rest: list[Results] = [{}] * (len(plan.batches) + 2 - len(steps))
    ending = rollout.end(plan, after_steps(plan, *steps, *rest), "ps")
    text = "\n".join(ending.lines)
    assert [line for line in lines if line not in text] == []
    assert ending.failed
    assert ending.lines[-1] == rollout.NEXT


def losing(accepts: bool) -> list[rollout.DeployedServer]:
    """A pair whose new ranges do not contain one of its active leases."""
    item = {"fate": "unserved", "reservations": False, "addresses": [[9, 9]], "ends": 1000.0, "samples": [[9, "c"]]}
    found = {"leases": {"affected": [item], "ranges": [], "accepts": accepts}}
    return [server(host, ["p-s"], found=found) for host in "ps"]


def test_lost_leases_stop_a_rollout_unless_they_are_accepted() -> None:
    plan = rollout.make_plan(losing(accepts=False))
    assert ["p and s: 1 active lease would be lost" in text for text in plan.errors] == [True]
    assert not plan.lost
    plan = rollout.make_plan(losing(accepts=True))
    assert plan.errors == []
    assert [text for text in plan.announcements if "p and s: 1 active lease will be lost" in text]


def test_the_end_says_which_leases_were_lost_unless_a_server_was_restored() -> None:
    plan = rollout.make_plan(losing(accepts=True))
    ending = rollout.end(plan, after_steps(plan, *[{}] * (len(plan.batches) + 2)), "ps")
    assert "p and s: 1 active lease was lost" in ending.lines[0]
    plan = rollout.make_plan(losing(accepts=True))
    refused: Results = {"s": ({"failed": True, "msg": "s: refused."}, {})}
    ending = rollout.end(plan, after_steps(plan, refused), "ps")
    assert not [line for line in ending.lines if " lost" in line]


def test_the_end_of_a_rollout_that_broke_off() -> None:
    """An error of Ansible itself, for instance. The play fails anyway."""
    plan = rollout.make_plan(pair())
    ending = rollout.end(plan, after_steps(plan, {}, {}), "ps")
    assert ending.failed
    assert ending.lines[0] == WAITS
    assert ending.lines[2] == "s runs the new configuration (normal), which is still to be confirmed on the host."
    assert ending.lines[-1] == rollout.NEXT


def test_the_end_of_servers_that_need_no_restart() -> None:
    rules = difference("firewall", How.DIFFERENT, "/etc/nftables.d/dhcp-server.nft")
    plan = rollout.make_plan(
        [server("p", [], found={"differences": [rules]}), server("s", [], found={"differences": []})]
    )
    ending = rollout.end(plan, rollout.begin(plan), "ps")
    assert ending.lines == ["p is as declared. Its daemon was not restarted.", "s: unchanged."]
    assert not ending.failed


@pytest.mark.parametrize(
    "answers, words",
    [
        ({"p": {"reached": True}, "s": {"reached": True}}, []),
        (
            {"p": {"reached": True, **said()}, "s": {"reached": False, "log": ["a line"], **said("startup")}},
            ["Not normal within 9 s:", 'p: relationship "p-s": normal since', "startup since", "  a line", "Compare"],
        ),
        (
            {
                "p": {
                    "reached": False,
                    **said(),
                    "deployment": {"step": "moving", "since": "", "by": None, "goal": "kea"},
                }
            },
            ["not awaited", "p: The move to Kea of this pair has not ended", "migrate -e failover_server=p. Or return"],
        ),
        (
            {
                "p": {"reached": False, **said(), "deployment": {"step": "moving", "since": "", "by": None}},
                "x": {"reached": False, "log": ["a line"], **said("startup")},
            },
            ["within 9 s", "p: The move to another daemon of this pair has not ended", "  a line", "Compare"],
        ),
        ({"p": {"msg": "p: unreachable"}}, ["p: unreachable"]),
        ({"p": {}}, ["p: no relationship"]),
    ],
)
def test_a_wait_in_vain_is_explained(answers: dict[str, Any], words: list[str]) -> None:
    text = "\n".join(rollout.tell_not_normal(answers, 9))
    assert bool(text) == bool(words)
    assert [word for word in words if word not in text] == []


def test_two_that_never_heard_each_other_may_be_kept_apart_by_a_firewall() -> None:
    p, s = {"address": "192.0.2.1", "port": 647}, {"address": "192.0.2.2", "port": 647}
    ends = {
        "p": {"role": "primary", **p, "peer_address": s["address"], "peer_port": 647},
        "s": {"role": "secondary", **s, "peer_address": p["address"], "peer_port": 647},
    }
    answers: dict[str, dict[str, Any]] = {host: said("recover") for host in "ps"}
    for host, answer in answers.items():
        answer["relationships"][0].update(ends[host])
    why = (
        "both wait in recover, so neither has ever heard the other. The failover port may be blocked: let TCP through "
        "between 192.0.2.1 port 647 (p) and 192.0.2.2 port 647 (s), in the firewalls"
    )
    step = after_steps(rollout.make_plan(pair()), {}, {host: (OK, answer) for host, answer in answers.items()})
    assert [line for line in step.report if why in line]
    waited = {host: {**answer, "reached": False} for host, answer in answers.items()}
    assert f'Relationship "p-s": {why}' in "\n".join(rollout.tell_not_normal(waited, 9))
    waited["s"]["relationships"] = said("startup")["relationships"]
    assert why not in "\n".join(rollout.tell_not_normal(waited, 9))


def test_two_halves_of_one_name_that_do_not_point_at_each_other_are_two_relationships() -> None:
    servers = [server(host, ["a-b", "c-d"]) for host in "abcd"]
    renamed = [
        rollout.DeployedServer(
            each.name, {**each.found, "declared_halves": [{**item, "name": "x"} for item in each.halves]}
        )
        for each in servers
    ]
    assert [list(found.servers) for found in rollout.find_pairs(renamed)] == [["a", "b"], ["c", "d"]]


def kea(**changes: Any) -> list[rollout.DeployedServer]:
    """A pair whose partners take over before a restart."""
    return [server(host, ["p-s"], daemon="kea", **changes) for host in "ps"]


def handed(host: str, phases: dict[str, str], **found: Any) -> rollout.DeployedServer:
    """A server of a Kea pair in this phase."""
    report = {**said()["relationships"][0], "phase": phases[host], "normal": phases[host] == "normal"}
    return server(host, ["p-s"], daemon="kea", answer={"relationships": [report]}, found=found)


def test_the_partner_takes_over_before_a_restart_and_gives_the_clients_back() -> None:
    plan = rollout.make_plan(kea())
    expected: list[tuple[dict[str, str], dict[str, str], dict[str, list[str]], dict[str, str]]] = [
        ({"p": "staged", "s": "staged"}, {}, {}, {}),
        ({"s": "active"}, {"p": "p-s"}, {"s": ["p"]}, {"p": "p-s"}),
        ({"p": "active", "s": "confirmed"}, {"s": "p-s"}, {"p": ["s"]}, {"s": "p-s"}),
        ({"p": "confirmed"}, {}, {}, {}),
    ]
    for number, wanted in enumerate(expected):
        step = after_steps(plan, *[{}] * number)
        assert (step.states, step.takeover, step.served, step.give_back) == wanted
    step = after_steps(plan, *[{}] * 4)
    assert rollout.end(plan, step, "ps").failed is False


@pytest.mark.parametrize(
    ("servers", "takeover"),
    [
        (pair(), {}),
        # The two are no pair yet, or not normal.
        (kea(live=[]), {}),
        (kea(state="recover"), {}),
        # Halves that find each other elsewhere afterwards.
        (kea(port=1647), {}),
        ([*kea()[:1], server("s", ["p-s"], daemon="kea", found={"differences": []})], {"p": {"s": "p-s"}}),
        # The hub would take over from both at once.
        ([server(host, ["h-s", "h-t"], daemon="kea") for host in "hst"], {"h": {"s": "h-s", "t": "h-t"}}),
    ],
)
def test_who_takes_over(servers: list[rollout.DeployedServer], takeover: dict[str, dict[str, str]]) -> None:
    assert rollout.make_plan(servers, forced=True).takeover == takeover


@pytest.mark.parametrize(
    ("servers", "why"),
    [
        (kea()[:1], "it takes no part."),
        ([server(host, ["h-s", "h-t"], daemon="kea") for host in "hst"], "it serves others, too."),
        ([*kea()[:1], *kea(silent={"msg": "s: it does not run"})[1:]], "it is not normal."),
    ],
)
def test_a_partner_that_cannot_take_over_is_told(servers: list[rollout.DeployedServer], why: str) -> None:
    warnings = [text for text in rollout.make_plan(servers, forced=True).warnings if "cannot take over" in text]
    assert warnings
    assert all(why in text for text in warnings)


def with_live(**changes: Any) -> list[rollout.DeployedServer]:
    """A normal Kea pair of which the primary's configuration on the host has these values."""
    live = [{**item, "mode": "hot-standby", "tls": False, **changes} for item in halves_of("p", ["p-s"])]
    return [server("p", ["p-s"], daemon="kea", live=live), *kea()[1:]]


@pytest.mark.parametrize("changes", [{"mode": "load-balancing"}, {"tls": True}, {"port": 8001}])
def test_two_servers_that_meet_otherwise_are_restarted_at_once(changes: dict[str, Any]) -> None:
    """The first to be restarted would take over soon, because it does not reach its partner, which serves."""
    plan = rollout.make_plan(with_live(**changes))
    (batch,) = plan.batches
    assert (batch.hosts, batch.rollback, batch.confirm) == (["p", "s"], {"p-s": ["p", "s"]}, ["p", "s"])
    assert (plan.takeover, ["at the same time" in text for text in plan.warnings]) == ({}, [True])
    assert after_steps(plan, {}, {"s": (OK, said("recover"))}).states == {"p": "restored", "s": "restored"}
    assert [batch.hosts for batch in rollout.make_plan(with_live()).batches] == [["s"], ["p"]]


@pytest.mark.parametrize(
    ("path", "expected"), [("/ca.pem", [["p", "s"]]), ("/server.pem", [["s"], ["p"]]), ("", [["s"], ["p"]])]
)
def test_two_servers_with_another_authority_are_restarted_at_once(path: str, expected: list[list[str]]) -> None:
    """Neither believes the other one before both have read it. A new certificate of the same authority is believed."""
    unread = difference("service", How.UNREAD, "kea-dhcp4-server", aspect=path)
    servers = kea(found={"differences": [unread]})
    assert batches(servers) == expected
    assert batches([servers[0], *kea()[1:]]) == [["s"], ["p"]]


def test_two_servers_with_another_name_are_restarted_at_once() -> None:
    """In Kea's configuration they are called after it, and do not hear each other by different names."""
    named = [[{**item, "name": "old"} for item in halves_of(host, ["p-s"])] for host in "ps"]
    servers = [server(host, ["p-s"], daemon="kea", live=live) for host, live in zip("ps", named)]
    assert batches(servers) == [["p", "s"]]
    # Nothing runs yet.
    assert batches(kea(live=[])) == [["s"], ["p"]]


def test_two_servers_that_meet_otherwise_wait_together_for_other_secondaries() -> None:
    """Otherwise the one would be restarted with the third server, a batch before its partner."""
    relationships = ["h-s", "h-t"]
    live = [{**item, "port": 8001} if item["name"] == "h-s" else item for item in halves_of("h", relationships)]
    servers = [server("h", relationships, daemon="kea", live=live)]
    servers += [server(host, relationships, daemon="kea") for host in "st"]
    plan = rollout.make_plan(servers)
    assert [batch.hosts for batch in plan.batches] == [["t"], ["h", "s"]]
    assert plan.takeover == {"h": {"t": "h-t"}}


REFUSED: dict[str, Any] = {"failed": True, "msg": "p: take_over refused: its state is waiting."}


@pytest.mark.parametrize("taken", [REFUSED, GONE])
def test_without_takeover_there_is_no_restart(taken: dict[str, Any]) -> None:
    plan = rollout.make_plan(kea())
    step = rollout.advance(plan, rollout.begin(plan), {host: rollout.StepResult(OK, {}) for host in "ps"}, 1000.0)
    results = {"p": rollout.StepResult({}, said(), taken), "s": rollout.StepResult({"skipped": True}, said())}
    step = rollout.advance(plan, step, results, 1000.0)
    assert (step.states, step.takeover) == ({"s": "restored"}, {})
    lines = "\n".join(rollout.end(plan, step, "ps").lines)
    assert "s was not restarted, because its partner did not take over. p" in lines
    assert "s runs as before. The new configuration is beside the present one, as kea-dhcp4.conf.staged." in lines


@pytest.mark.parametrize(
    ("answer", "takeover"),
    [(said("recover"), {}), (said("normal", fault("invalid-partner")), {"p": "p-s"})],
)
def test_a_pair_that_works_is_rolled_back_with_a_takeover(answer: dict[str, Any], takeover: dict[str, str]) -> None:
    step = after_steps(rollout.make_plan(kea()), {}, {"s": (OK, answer)})
    assert (step.states, step.takeover, step.give_back) == ({"s": "restored"}, takeover, {"p": "p-s"})
    assert [line for line in step.report if line.startswith('Relationship "p-s" is normal after')] == (
        ['Relationship "p-s" is normal after the restart of s, but:'] if takeover else []
    )


@pytest.mark.parametrize("found", [{"interrupted": {"who": "ann", "since": "then"}}, {"unproven": True}])
def test_what_a_killed_run_has_left_to_one_server_is_given_back(found: dict[str, Any]) -> None:
    phases = {"p": "held", "s": "alone"}
    plan = rollout.make_plan([handed("p", phases, **found), handed("s", phases, differences=[])])
    assert (plan.errors, plan.give_back, rollout.begin(plan).give_back) == ([], {"s": "p-s"}, {"s": "p-s"})
    assert plan.takeover == {"p": {"s": "p-s"}}


@pytest.mark.parametrize(
    ("phases", "found"),
    [
        # An operator's maintenance.
        ({"p": "held", "s": "alone"}, {}),
        ({"p": "held", "s": "held"}, {"interrupted": {"who": "ann", "since": "then"}}),
        # There is nothing to deploy, so nothing would end it.
        ({"p": "held", "s": "alone"}, {"interrupted": {"who": "ann", "since": "then"}, "differences": []}),
    ],
)
def test_a_pair_that_nobody_left_so_is_refused(phases: dict[str, str], found: dict[str, Any]) -> None:
    servers = [handed("p", phases, **found), handed("s", phases, differences=[])]
    assert ["is not normal" in text for text in rollout.make_plan(servers).errors] == [True]


def ends(host: str, **changes: Any) -> dict[str, Any]:
    (half,) = halves_of(host, ["p-s"])
    return {**said(), "relationships": [{**said()["relationships"][0], **half, **changes}]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, []),
        ({"role": "primary"}, ["s is primary at 192.0.2.115 port 647, with its partner at 192.0.2.112 port 647"]),
        ({"peer_port": 8001}, ["s is secondary at 192.0.2.115 port 647, with its partner at 192.0.2.112 port 8001"]),
    ],
)
def test_two_servers_that_do_not_mean_each_other_close_the_gate(changes: dict[str, Any], words: list[str]) -> None:
    """Two primaries are normal by their own word, and both serve."""
    step = after_steps(rollout.make_plan(kea()), {}, {"p": (OK, ends("p")), "s": (OK, ends("s", **changes))})
    assert step.states["s"] == ("restored" if words else "confirmed")
    assert [word for word in words if word not in "\n".join(step.report)] == []


def leases(*addresses: int) -> dict[str, Any]:
    rows = {address: lease_set.row("a client", 1000, 3000) for address in addresses}
    return {**said(), "leases": {"p-s": lease_set.LeaseSet(900, rows).pack()}}


def test_leases_count_as_different_if_they_stay_so() -> None:
    gate = {"p": ["p-s"], "s": ["p-s"]}
    first = rollout.unequal_leases(gate, {"p": leases(1, 2, 3), "s": leases(3)})
    assert list(first["p-s"]) == ["1", "2"]
    later = {"p": leases(1, 2, 3, 4), "s": leases(1, 3)}
    second = rollout.unequal_leases(gate, later, first)
    assert list(second["p-s"]) == ["2"]
    assert rollout.unequal_leases(gate, {"p": leases(1), "s": leases(1)}, second) == {}
    # Nothing is known of one that is not normal, or was not asked.
    assert rollout.unequal_leases(gate, {"p": leases(1), "s": {**leases(), **said("recover")}}) == {}
    assert rollout.unequal_leases({"p": ["p-s"]}, {"p": leases(1)}) == {}
    assert rollout.unequal_leases(gate, {"p": said(), "s": said()}) == {}


def test_different_leases_close_the_gate() -> None:
    plan = rollout.make_plan(kea())
    step = after_steps(plan, {})
    results = {host: rollout.StepResult(OK, said()) for host in "ps"}
    unequal = {"p-s": {str(number): [[1, 2, 3], None] for number in range(1, 6)}}
    step = rollout.advance(plan, step, results, 1000.0, unequal)
    assert step.states == {"s": "restored"}
    told = "p and s do not have the same leases, for instance of 0.0.0.1, 0.0.0.2, 0.0.0.3 and 2 more"
    assert told in "\n".join(step.report)


@pytest.mark.parametrize(
    ("daemon", "text"), [("dhcpd", "dhcpd refuses its partner"), ("kea", "kea-dhcp4 refuses its partner")]
)
def test_the_plan_names_the_program(daemon: str, text: str) -> None:
    plan = rollout.make_plan(
        [server(host, ["p-s"], daemon=daemon, answer={"clock_offset": 40.0 * (host == "s")}) for host in "ps"]
    )
    assert text in plan.warnings[0]
