# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill's decisions: whether it may begin, what each step needs, and what is noted of a scenario."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.daemons import DAEMONS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.injectors import INJECTORS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import episode_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.plan import (
    MACS,
    Request,
    Seen,
    ahead,
    all_normal,
    failed_step,
    held,
    kind_of,
    make_plan,
    note,
    noticed,
    recovered,
    renewals,
    silent,
    unreachable,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.scenarios import (
    BOTH,
    SCENARIOS,
    Pair,
    Promise,
    asks_again,
)

LAB = Request(lab=["one", "two"])


def report(role: str, **changed: Any) -> dict[str, Any]:
    one, two = ("172.16.1.100", "172.16.1.200") if role == "primary" else ("172.16.1.200", "172.16.1.100")
    values = {
        "name": "office", "role": role, "address": one, "port": 647, "peer_address": two, "peer_port": 647,
        "local_state": "normal", "phase": "normal", "normal": True, "problem": None, "mclt": 1800,
        "max_response_delay": 60, "pool": {"total": 80, "free": 40, "backup": 40},
    }  # fmt: skip
    return {**values, **changed}


def pair(**changed: Any) -> dict[str, Any]:
    return {
        "one": {"daemon": "dhcpd", "relationships": [report("primary", **changed)]},
        "two": {"daemon": "dhcpd", "relationships": [report("secondary", **changed)]},
    }


def kea_pair(**changed: Any) -> dict[str, Any]:
    values = {
        "local_state": "hot-standby", "mclt": None, "max_response_delay": 10, "heartbeat": 2, "takeover": True,
        "pool": {"total": 80, "free": 80, "backup": 0},
    }  # fmt: skip
    return {host: {**answer, "daemon": "kea"} for host, answer in pair(**{**values, **changed}).items()}


def plan(answers: dict[str, Any], options: Request = LAB) -> dict[str, Any]:
    return make_plan(answers, "client", "ens9", options)


# --- before -------------------------------------------------------------------------------------------------------


def test_hosts_that_cannot_be_reached_are_named() -> None:
    assert unreachable({"one": {"ping": "pong"}, "two": {"ping": "pong"}}) == ""
    said = unreachable({"two": {"msg": "No route to host\n"}, "one": {"ping": "pong"}, "client": {}})
    assert said.startswith("Cannot reach client, two. Nothing was changed.")
    assert unreachable({"two": {"msg": "No route to host\n"}}).endswith("Ansible says: No route to host")


def test_a_pair_that_moves_is_left_alone() -> None:
    answers = kea_pair()
    answers["two"]["deployment"] = {"step": "moving", "since": "", "by": None, "goal": "kea", "holder": "kea"}
    with pytest.raises(ValueError, match=r"^Nothing was changed\. The move to Kea .*: it has a journal on two\. The"):
        plan(answers)


def test_a_plan() -> None:
    found = plan(pair())
    assert found["relationship"] == "office"
    assert found["names"] == {"172.16.1.100": "one", "172.16.1.200": "two"}
    assert found["servers"]["two"] == {
        "role": "secondary", "address": "172.16.1.200", "peer_address": "172.16.1.100", "ports": [647, 647],
    }  # fmt: skip
    assert [scenario["name"] for scenario in found["scenarios"]] == list(DAEMONS["dhcpd"].usual)
    assert (found["daemon"], found["left_out"]) == ("dhcpd", [])
    assert (found["clients"], found["rate"], found["records"], found["notice"]) == (4, 0.25, ["clients", "load"], 75)


def test_a_server_with_two_relationships_notices_by_the_one_that_is_drilled() -> None:
    """The delay is that of this relationship, and the longer one if the two sides differ."""
    answers = pair(max_response_delay=8)
    answers["two"]["relationships"][0]["max_response_delay"] = 10
    for answer in answers.values():
        other = {**answer["relationships"][0], "name": "guests", "max_response_delay": 180}
        answer["relationships"].insert(0, other)
    assert plan(answers, Request(relationship="office", lab=["one", "two"]))["notice"] == 25
    assert plan(answers)["notice"] == 195, "the first relationship found"


def test_a_small_pool_has_no_room_for_a_load() -> None:
    small = plan(
        pair(pool={"total": 11, "free": 6, "backup": 5}), Request(scenarios=["failover-cut"], lab=["one", "two"])
    )
    assert (small["clients"], small["rate"], small["records"]) == (2, 0.0, ["clients"])
    assert small["scenarios"][0]["later"] is False
    extra: dict[str, Any] = {"rate": "0.5"}  # text, as with --extra-vars
    asked = Request(scenarios=["failover-cut"], lab=["one", "two"], **extra)
    assert plan(pair(), asked)["rate"] == 0.5
    assert plan(pair(), asked)["scenarios"][0]["later"] is True


def steps(name: str, **options: Any) -> dict[str, Any]:
    (found,) = plan(pair(), Request(scenarios=[name], lab=["one", "two"], **options))["scenarios"]
    return dict(found)


def test_what_the_steps_need() -> None:
    served = steps("primary-stopped")
    assert (served["patience"], served["first_timeout"], served["rebinds"], served["again"]) == (18, 18, True, False)
    # Nobody is served before the healing: the clients do not ask for long, and ask again after it.
    dead = steps("both-killed")
    assert (dead["patience"], dead["first_timeout"], dead["rebinds"], dead["again"]) == (50, 5, False, True)
    assert steps("primary-mute")["rebinds"] is False
    # 80 free addresses, less three times four clients and the load's six.
    assert (steps("pool-exhausted")["crowd"], steps("long-partition")["crowd"], served["crowd"]) == (62, 186, 0)
    assert steps("long-partition")["hold"] == 1810
    assert (served["recovery"], steps("database-lost")["recovery"]) == (80, 1880)
    assert steps("database-lost", recovery="10")["recovery"] == 1810


def test_all_of_them() -> None:
    found = plan(pair(), Request(everything=True, lab=["one", "two"]))["scenarios"]
    assert [scenario["name"] for scenario in found] == [scenario.name for scenario in SCENARIOS]


def test_on_kea_some_make_no_sense() -> None:
    found = plan(kea_pair(), Request(everything=True, lab=["one", "two"]))
    left_out = {entry["name"]: entry["why"] for entry in found["left_out"]}
    assert set(left_out) == {"split-brain", "long-partition"}
    assert "Kea has no MCLT" in left_out["long-partition"]
    played = [scenario["name"] for scenario in found["scenarios"]]
    assert played == [scenario.name for scenario in SCENARIOS if scenario.name not in left_out]
    with pytest.raises(ValueError, match=r"Nothing to play\. split-brain: Two servers of Kea that are told so"):
        plan(kea_pair(), Request(scenarios=["split-brain"], lab=["one", "two"]))


def test_a_plan_for_kea() -> None:
    found = plan(kea_pair())
    assert found["daemon"] == "kea"
    assert [scenario["name"] for scenario in found["scenarios"]] == list(DAEMONS["kea"].usual)
    assert found["notice"] == 17


def down(answers: dict[str, Any]) -> dict[str, Any]:
    answers["two"]["relationships"][0].update(normal=False, local_state="unknown-state", problem="dhcpd does not run")
    return answers


@pytest.mark.parametrize(
    "answers, options, said",
    [
        (pair(), Request(scenarios=["kill"], lab=["one", "two"]), 'There is no scenario "kill". There are: nothing, '),
        (pair(), Request(), "one, two: not in group lab. .* set drill_confirm=office."),
        (pair(), Request(lab=["one"], confirm="guests"), "^Nothing was changed. two: not in group lab"),
        (down(pair()), LAB, "Not normal, so nothing could be learned: two: dhcpd does not run."),
        ({"one": pair()["one"]}, LAB, 'Relationship "office" has 1 of two servers here. Known: office.'),
        ({"one": {"msg": "no key"}, "two": {}}, LAB, 'no key Relationship "" has 0 of two servers here. Known: none.'),
        ({"one": pair()["one"], "two": pair()["one"]}, LAB, 'Relationship "office" has 2 of two servers here'),
        (pair(), Request(relationship="guests"), 'Relationship "guests" has 0 of two servers here. Known: office.'),
    ],
)
def test_a_drill_that_may_not_begin_says_why(answers: dict[str, Any], options: Request, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plan(answers, options)


@pytest.mark.parametrize(
    "client, interface, said",
    [
        ("", "", "There is no client"),
        ("client", "", "client has no interface for the drill: set dhcp_client_interface"),
    ],
)
def test_a_drill_needs_a_client(client: str, interface: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make_plan(pair(), client, interface, LAB)


def test_who_confirms_may_drill_what_is_no_lab() -> None:
    assert plan(pair(), Request(confirm="office"))["relationship"] == "office"


# --- the catalogue ------------------------------------------------------------------------------------------------


KINDS = {
    "dhcpd": ("dhcpd", Pair(60, 1800)),
    "Kea": ("kea", Pair(10, heartbeat=2)),
    "Kea with an operator": ("kea", Pair(10, heartbeat=2, takeover=False)),
    "slow Kea": ("kea", Pair(60, heartbeat=10)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_daemon_promises_something_in_each_scenario(kind: str) -> None:
    name, pair = KINDS[kind]
    promises = DAEMONS[name].promises(pair)
    assert list(promises) == [scenario.name for scenario in SCENARIOS]
    assert all(isinstance(promises[name], Promise) for name in DAEMONS[name].usual)
    for promise in promises.values():
        if isinstance(promise, str):
            assert promise.endswith(".")
            continue
        assert set(promise.noticed_by) <= set(BOTH)
        assert promise.clients in ("all", "none")
        assert promise.noticed_by or not (promise.verb or promise.hold or promise.phase)
        assert promise.bound > 0
        assert promise.reason
        assert set(promise.limits) <= {"unique", "kept", "served"}
        assert all(why.endswith(".") for why in promise.limits.values())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: str(scenario.name))
def test_the_catalogue(scenario: Any) -> None:
    assert scenario.injector is None or scenario.injector in INJECTORS
    assert bool(scenario.injector) == bool(scenario.sides)
    assert set(scenario.sides) <= set(BOTH)


@pytest.mark.parametrize(
    "seconds, latest",
    # 4, 8, 16, 32 s, each give or take one: the packets are sent at 3 to 5, 10 to 14, 25 to 31, 56 to 64 s.
    [(0, 0), (0.5, 5), (3, 5), (3.1, 14), (10, 14), (17, 31), (25.1, 64)],
)
def test_when_a_client_asks_again(seconds: float, latest: float) -> None:
    assert asks_again(seconds) == latest


@pytest.mark.parametrize(
    "kind, name, bound, clients, said",
    [
        # 10 s and a heartbeat, and 5 s for a busy machine: a packet that was sent 17 s after the first, or 31 s.
        ("Kea", "primary-stopped", 31, "all", "max-response-delay (10 s) and a heartbeat (2 s) later; with 5 s for a"),
        ("Kea", "secondary-killed", 31, "all", "a client's next packet after that comes at most 31 s after its first"),
        ("Kea", "half-deployed", 14, "all", "serves two heartbeats (4 s) later"),
        (
            "Kea with an operator",
            "primary-stopped",
            46,
            "none",
            "counted from the healing, because an operator decides",
        ),
        ("Kea with an operator", "secondary-killed", 31, "all", "max-response-delay (10 s)"),
        ("Kea with an operator", "failover-cut", 31, "all", "at most 12 s later"),
        ("slow Kea", "primary-stopped", 129, "all", "max-response-delay (60 s)"),
        ("slow Kea", "half-deployed", 31, "all", "two heartbeats (20 s)"),
    ],
)
def test_what_kea_promises(kind: str, name: str, bound: float, clients: str, said: str) -> None:
    daemon, pair = KINDS[kind]
    promise = DAEMONS[daemon].promises(pair)[name]
    assert isinstance(promise, Promise)
    assert (promise.bound, promise.clients) == (bound, clients)
    assert said in promise.reason


def test_what_kea_cannot_hold_is_explained() -> None:
    def limits(pair: Pair) -> dict[str, list[str]]:
        promises = DAEMONS["kea"].promises(pair).items()
        return {name: sorted(promise.limits) for name, promise in promises if getattr(promise, "limits", None)}

    assert limits(Pair(10, heartbeat=2))["failover-cut"] == ["kept", "unique"]
    assert "failover-cut" not in limits(Pair(10, heartbeat=2, takeover=False))


def test_the_page_has_the_whole_catalogue() -> None:
    page = (Path(__file__).resolve().parents[5] / "docs/drill/scenarios.md").read_text()
    rows = re.findall(r"^## `([a-z-]+)`\n(?:(?!##).*\n)*?Bound: dhcpd (\d+ s)(?:, Kea (\d+ s))?\.$", page, re.M)
    pairs = {"dhcpd": Pair(60, 1800), "kea": Pair(10, heartbeat=2)}
    promises = [DAEMONS[name].promises(pair) for name, pair in pairs.items()]

    def bound(promise: Promise | str) -> str:
        return f"{promise.bound:g} s" if isinstance(promise, Promise) else ""

    assert rows == [(item.name, *(bound(promised[item.name]) for promised in promises)) for item in SCENARIOS]


def test_every_injector_is_in_a_scenario() -> None:
    assert {scenario.injector for scenario in SCENARIOS} - {None} == set(INJECTORS)


# --- while it goes on ---------------------------------------------------------------------------------------------


def answer(**changed: Any) -> dict[str, Any]:
    return {"relationships": [report("primary", **changed)]}


INTERRUPTED = {"phase": "interrupted", "normal": False}


@pytest.mark.parametrize(
    "found, phase, expected",
    [
        (answer(), None, False),
        (answer(**INTERRUPTED), None, True),
        (answer(phase="alone", normal=False), None, True),
        (answer(phase="settling", normal=False), None, False),
        (answer(**INTERRUPTED), "alone", False),
        (answer(phase="alone", normal=False), "alone", True),
        ({"msg": "cannot ask"}, None, False),
    ],
)
def test_a_server_has_noticed(found: dict[str, Any], phase: str | None, expected: bool) -> None:
    assert noticed(found, phase) is expected


@pytest.mark.parametrize(
    "found, expected",
    [
        (answer(), True),
        (answer(pool=None), True),
        (answer(**INTERRUPTED), False),
        (answer(pool={"free": 11, "backup": 0}), False),
        (answer(pool={"free": 5, "backup": 1}), True),
        ({}, False),
        ({"daemon": "kea", **answer(pool={"free": 11, "backup": 0})}, True),
    ],
)
def test_a_server_has_recovered(found: dict[str, Any], expected: bool) -> None:
    assert recovered(found) is expected


def test_normal_is_everything_or_nothing() -> None:
    assert all_normal(answer())
    assert not all_normal({"relationships": [report("primary"), report("primary", normal=False)]})
    assert not all_normal({"relationships": []})
    assert not all_normal({"msg": "cannot ask"})


def lease(client: str, address: str = "") -> dict[str, Any]:
    return {"client": client, "address": address}


def test_kinds_of_clients() -> None:
    assert {kind: kind_of(mac) for kind, mac in MACS.items()} == {kind: kind for kind in MACS}
    assert kind_of("02:d4:c9:05:01:07") == "crowd"
    assert [kind_of(f"02:d4:c9:04:00:{number}") for number in ("17", "1b", "1c")] == ["passing", "load", "passing"]
    assert kind_of("52:54:00:00:00:01") == ""


def test_what_the_loads_clients_hold_is_what_the_load_says() -> None:
    """A renewal after a scenario is in the other file, and may be old."""
    records = {
        "clients": [lease(MACS["known"]), lease(MACS["load"], "before"), lease(MACS["crowd"])],
        "load": [lease(MACS["load"], "now"), lease("02:d4:c9:04:00:99")],
    }
    assert held(records) == [lease(MACS["known"]), lease(MACS["crowd"]), lease(MACS["load"], "now")]


def test_leases_of_a_server_that_answers_nobody_are_rebound() -> None:
    leases = [{"client": "a", "server": "172.16.1.100"}, {"client": "b", "server": "172.16.1.200"}]
    assert renewals(leases, []) == [{"verb": "renew", "leases": leases}]
    assert renewals(leases, {"172.16.1.200"}) == [
        {"verb": "renew", "leases": leases[:1]},
        {"verb": "rebind", "leases": leases[1:]},
    ]
    assert renewals([], []) == []


@pytest.mark.parametrize(
    "found, expected", [(answer(serving=True), False), (answer(serving=False), True), ({"msg": "down"}, False)]
)
def test_a_server_that_answers_nobody(found: dict[str, Any], expected: bool) -> None:
    assert silent(found) is expected


def test_a_small_difference_of_clocks_is_none() -> None:
    assert ahead({"clock_offset": -2.5, "clock_uncertainty": 0.3}) == -2.5
    assert ahead({"clock_offset": 0.35, "clock_uncertainty": 0.3}) == 0
    assert ahead({}) == 0


# --- what is noted ------------------------------------------------------------------------------------------------


def seen(**changed: Any) -> Seen:
    values: dict[str, Any] = {
        "ahead": 0.0,
        "injection": {},
        "healing": {"time": 1010.0},
        "leases": [],
        "answer": answer(),
    }
    return Seen(**{**values, **changed})


TIMES = {"start": 1000.0, "read_at": 1020.0, "end": 1030.0}


def test_times_are_by_the_controllers_clock() -> None:
    servers = {
        "one": seen(ahead=90.0, injection={"time": 1092.0}, healing={"time": 1100.0}),
        "two": seen(injection={"skipped": True}, healing={"time": 1011.0}),
    }
    found = note(steps("primary-stopped"), servers, TIMES, [])
    assert (found["start"], found["healed"], found["read_at"], found["end"]) == (1002.0, 1011.0, 1020.0, 1030.0)
    assert episode_of(found).clients == "all"


def test_without_an_injection_it_begins_when_the_scenario_does() -> None:
    found = note(steps("nothing"), {"one": seen(healing={"time": 999.9}), "two": seen()}, TIMES, [])
    assert (found["start"], found["healed"]) == (1000.0, 1010.0)
    early = {"one": seen(healing={"time": 999.9}), "two": seen(healing={"time": 999.8})}
    assert note(steps("nothing"), early, TIMES, [])["healed"] == 1000.0


def test_a_failed_step_is_a_sentence() -> None:
    waited = {**answer(local_state="startup"), "attempts": 23, "msg": "Unknown error."}
    assert failed_step(waited, "two", "Wait") == "two: Wait: not after 23 attempts; it is startup."
    assert failed_step({"msg": "no nft"}, "two", "Break it") == "two: Break it: no nft"
    assert failed_step({"rc": 3}, "two", "Break it") == "two: Break it: {'rc': 3}"


def test_what_failed_and_what_servers_say_is_noted() -> None:
    found = note(steps("nothing"), {"one": seen(answer={"msg": "x"}), "two": seen()}, TIMES, ["one: no nft"])
    assert found["answers"] == {"one": {"msg": "x"}, "two": answer()}
    assert found["failed_steps"] == ["one: no nft"]
