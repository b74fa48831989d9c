# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Find set variables that are unknown, and suggest the intended names.

Ansible does not report unused variables, so a typing error leaves a default in effect. But inventories also contain
other variables. A name that begins with a role's name must be a variable of that role. The words with which variables
of playbooks begin (deploy, status, lab) are common: such a name is only reported if it is almost one of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any, NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import (
    Choice,
    Flag,
    Kind,
    Many,
    Mistake,
    Number,
    Options,
    Place,
    Real,
    Text,
)

# How similar a name must be to be a likely typing error: with a role's prefix, with a playbook's, with any other.
_LIKE_OF_ROLE, _LIKE_OF_PLAYBOOK, _LIKE_ALTOGETHER = 0.6, 0.8, 0.9
# The role whose variables dhcp_primary and dhcp_secondary use.
_ENGINE = "dhcp_server"

_KINDS: Mapping[str, Kind] = {
    "bool": Flag(),
    "dict": Options(),
    "float": Real(),
    "int": Number(),
    "list": Many(of=Text()),
    "str": Text(),
}


@dataclass(frozen=True)
class Known:
    """The known names.

    roles: variables by role. playbooks: the playbooks' own variables, each as an argument spec says it. facts: what
    roles and playbooks remember about a host under a name of that kind.
    """

    roles: Mapping[str, frozenset[str]]
    playbooks: Mapping[str, Mapping[str, Any]]
    facts: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self.playbooks).union(self.facts, *self.roles.values())

    @cached_property
    def of_roles(self) -> frozenset[str]:
        return frozenset().union(*self.roles.values())

    @cached_property
    def first_words(self) -> tuple[str, ...]:
        """The first words of names to examine."""
        words = {name.partition("_")[0] for name in (*self.roles, *self.playbooks)}
        return tuple(sorted(words))

    @cached_property
    def words_of_playbooks(self) -> tuple[str, ...]:
        return tuple(sorted({f"{name.partition('_')[0]}_" for name in self.playbooks}))

    def role_of(self, name: str) -> str | None:
        """The role whose prefix begins the name."""
        return next((role for role in self.roles if name.startswith(f"{role}_")), None)


def unread(hosts: Mapping[str, Iterable[str]], known: Known, given: Iterable[str] = ()) -> list[Finding]:
    """Set variables that are almost ours, or should be.

    hosts: names of the variables of every host. given: names of variables given for this run alone (`-e`), which are
    variables of every host.
    """
    given = set(given)
    found: dict[str, list[str]] = {name: [] for name in sorted(given)}
    for host, names in hosts.items():
        for name in names:
            if name.startswith(known.first_words) and name not in known.names:
                found.setdefault(name, []).append(host)
    judged = ((name, _judge(name, known, name in given)) for name in found if name not in known.names)
    return [
        Finding(
            "variable-unknown",
            verdict.severity,
            () if name in given else tuple(found[name]),
            "given with -e" if name in given else "",
            verdict.message,
            verdict.hint,
            variable=name,
        )
        for name, verdict in judged
        if verdict is not None
    ]


class _Judgement(NamedTuple):
    severity: Severity
    message: str
    hint: str


def _judge(name: str, known: Known, given: bool) -> _Judgement | None:
    role = known.role_of(name)
    if role is not None:
        # Roles without their own variables use those of another role.
        close = _closest(name, role, known.roles[role]) or _closest(name, role, known.of_roles, _ENGINE)
        hint = _meant(close) or "If it is one of your own, give it another name."
        return _Judgement(Severity.ERROR, f"Role {role} has no such variable, so it has no effect.", hint)
    word = name.partition("_")[0]
    close = get_close_matches(name, known.of_roles, n=1, cutoff=_LIKE_ALTOGETHER)
    close = close or _closest(name, word, known.playbooks, cutoff=_LIKE_OF_PLAYBOOK)
    if close:
        return _Judgement(Severity.ERROR, "This variable has no effect.", _meant(close))
    if given and name.startswith(known.words_of_playbooks):
        names = [other for other in known.playbooks if other.startswith(f"{word}_")]
        hint = f"Variables that begin with {word}_ are {', '.join(names)}."
        return _Judgement(Severity.WARNING, "No playbook of this collection reads this variable.", hint)
    return None


def _closest(
    name: str, prefix: str, names: Iterable[str], theirs: str = "", cutoff: float = _LIKE_OF_ROLE
) -> list[str]:
    """The most similar name after the prefix, as a list of one or none."""
    theirs = theirs or prefix
    rests = [other[len(theirs) + 1 :] for other in names if other.startswith(f"{theirs}_")]
    return [f"{theirs}_{rest}" for rest in get_close_matches(name[len(prefix) + 1 :], rests, n=1, cutoff=cutoff)]


def _meant(close: list[str]) -> str:
    return f"Did you mean {close[0]}?" if close else ""


def ill_typed(
    hosts: Mapping[str, Mapping[str, Any]], known: Known, unreadable: Mapping[str, Iterable[Mistake]] | None = None
) -> list[Finding]:
    """Variables of playbooks with values of the wrong type.

    hosts: the values of those that are set, by host. unreadable: those that could not be evaluated.
    """
    found: dict[Mistake, list[str]] = {}
    for host, variables in hosts.items():
        mistakes = list((unreadable or {}).get(host, ()))
        for name, value in variables.items():
            kind = _kind(known.playbooks[name])
            if kind is not None:
                kind.clean(value, Place(name), mistakes)
        for mistake in mistakes:
            found.setdefault(mistake, []).append(host)
    return [
        Finding("declaration-invalid", Severity.ERROR, tuple(on), place, message, hint, variable=variable)
        for (variable, place, message, hint), on in found.items()
    ]


def _kind(spec: Mapping[str, Any]) -> Kind | None:
    choices = spec.get("choices")
    return Choice(choices=tuple(choices)) if choices else _KINDS.get(spec["type"])
