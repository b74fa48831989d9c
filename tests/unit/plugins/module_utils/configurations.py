# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated configurations: nested networks, pools, groups, reservations, classes and settings, in any order that
dhcpd accepts.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

HALF = """failover peer "x" { primary; address 10.255.0.1; peer address 10.255.0.2; mclt 60; split 128;
max-response-delay 60; load balance max seconds 3; }
subnet 10.255.0.0 netmask 255.255.255.0 { pool { failover peer "x"; range 10.255.0.10 10.255.0.20; } }
"""
SETTINGS = st.sampled_from(
    [
        'option domain-name "a.example";',
        'option domain-name "b.example";',
        "option routers 10.0.0.1;",
        "default-lease-time 600;",
        "max-lease-time 7200;",
        'filename "boot";',
        "ddns-updates off;",
        "ping-check true;",
        'if known { option domain-name "known.example"; }',
        'if exists user-class { default-lease-time 60; } else { filename "else"; }',
        'ddns-hostname = concat ("a", "b");',
        "option own 10.0.0.9;",
        'option late.text "x";',
    ]
)
DEFINED = """option own code 224 = ip-address;
option space late;
option late.text code 1 = text;
"""


class _Writer:
    """Draws one configuration, and remembers which names it may use."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.classes: list[str] = []
        self.groups: list[str] = []
        self.numbers = {"host": 0, "subnet": 0, "network": 0}

    def one(self, *choices: str) -> str:
        return self.data.draw(st.sampled_from(choices))

    def times(self, most: int) -> int:
        return self.data.draw(st.integers(0, most))

    def next(self, what: str) -> int:
        self.numbers[what] += 1
        return self.numbers[what]

    def items(self, most: int, *kinds: Callable[[], str]) -> str:
        return " ".join(self.data.draw(st.sampled_from(kinds))() for _time in range(self.times(most)))

    def setting(self) -> str:
        return self.data.draw(SETTINGS)

    def client_class(self) -> str:
        name = self.one("a", "b", "c")
        if name not in self.classes:
            self.classes.append(name)
        match = self.one("match if known;", "match hardware;", "")
        return f'class "{name}" {{ {match} {self.items(2, self.setting)} }}'

    def subclass(self) -> str:
        if not self.classes:
            return self.setting()
        return f'subclass "{self.one(*self.classes)}" 1:2:0:0:0:0:{self.times(2)};'

    def host(self, net: int | None = None) -> str:
        net = self.data.draw(st.sampled_from([net or 1, 1, 2]))
        number = self.next("host")
        address = self.one(f"fixed-address 10.0.{net}.{number + 1};", "")
        group = f'group "{self.one(*self.groups)}";' if self.groups and self.times(3) == 0 else ""
        hardware = f"hardware ethernet 2:0:0:0:0:{self.times(3)};"
        inner = self.items(2, self.setting)
        if self.times(7) == 0:
            inner += f" {self.client_class()}"
        return f"host h{number} {{ {hardware} {address} {group} {inner} }}"

    def group(self, net: int | None = None) -> str:
        name = ""
        if self.times(3) == 0:
            name = f"g{len(self.groups)}"
        inner = self.items(3, self.setting, lambda: self.host(net), self.client_class)
        if name:
            self.groups.append(name)
        return f"group {name} {{ {inner} }}"

    def pool(self, net: int, number: int) -> str:
        names = [f'members of "{name}"' for name in self.classes]
        permits = [
            f"{self.one('allow', 'deny')} {self.one('known-clients', 'dynamic bootp clients', *names)};"
            for _time in range(self.times(2))
        ]
        relationship = self.one('failover peer "x";', "")
        span = f"range 10.0.{net}.{100 + number * 10} 10.0.{net}.{109 + number * 10};"
        parts = self.data.draw(st.permutations([relationship, *permits, span, self.items(2, self.setting)]))
        if self.times(2) == 0:
            # After the permits, which cannot use a class that comes later.
            parts += [
                self.items(2, lambda: self.host(net), lambda: self.group(net), self.client_class, self.subclass),
                *(f'allow members of "{name}";' for name in self.classes if self.times(2) == 0),
            ]
        return f"pool {{ {' '.join(parts)} }}"

    def subnet(self) -> str:
        net = self.next("subnet")
        parts = []
        for number in range(self.times(5)):
            kind = self.one("pool", "range", "setting", "class", "host", "group", "subclass", "authoritative")
            parts.append(
                {
                    "pool": lambda number=number: self.pool(net, number),
                    "range": lambda number=number: f"range 10.0.{net}.{50 + number};",
                    "setting": self.setting,
                    "class": self.client_class,
                    "host": lambda: self.host(net),
                    "group": lambda: self.group(net),
                    "subclass": self.subclass,
                    "authoritative": lambda: "authoritative;",
                }[kind]()
            )
        return f"subnet 10.0.{net}.0 netmask 255.255.255.0 {{ {' '.join(parts)} }}"

    def shared_network(self) -> str:
        name = f"n{self.next('network')}"
        parts = [self.items(2, self.setting), self.subnet()]
        net = self.numbers["subnet"]
        for number in range(self.times(4)):
            kind = self.one("subnet", "pool", "class", "host", "setting", "reference", "authoritative")
            parts.append(
                {
                    "subnet": self.subnet,
                    "pool": lambda number=number: self.pool(net, number + 9),
                    "class": self.client_class,
                    "host": lambda: self.host(net),
                    "setting": self.setting,
                    "reference": lambda: 'failover peer "x";',
                    "authoritative": lambda: "not authoritative;",
                }[kind]()
            )
        return f"shared-network {name} {{ {' '.join(parts)} }}"

    def configuration(self) -> str:
        parts = [
            self.items(
                8,
                self.setting,
                self.client_class,
                self.subclass,
                self.group,
                self.host,
                self.subnet,
                self.subnet,
                self.shared_network,
                lambda: self.one("authoritative;", "not authoritative;"),
            )
        ]
        return "\n".join([DEFINED, HALF, *parts])


def configuration(data: st.DataObject) -> str:
    """A configuration that dhcpd accepts."""
    return _Writer(data).configuration()
