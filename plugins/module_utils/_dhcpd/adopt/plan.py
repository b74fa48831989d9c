# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Find the blocks of a dhcpd.conf that must stay text as a whole, because dhcpd reads from top to bottom.

The role writes text, then shared networks, subnets and reservations; within a shared network subnets, text and pools;
within a subnet ranges, text and pools. If that order would separate a name from its use, or change the meaning of a
statement, the whole block stays text, because texts keep their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.proof import rivals
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.text import all_words, named
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import unquote
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server

# The order in which the role writes blocks; text is first.
_TEXT = 1
_PLACES = {"shared-network": 2, "subnet": 3, "host": 4}
_NETWORKS = frozenset({"group", "shared-network", "subnet"})


class AdoptionPlan:
    """whole: number of a statement at the top level -> why it stays text as a whole."""

    def __init__(self, statements: Sequence[Statement], live: Server, late_options: Collection[str]) -> None:
        self.statements = statements
        self.whole: dict[int, str] = {}
        self.late_authority = False
        self._keywords = [statement.words[0].lower() for statement in statements]
        self._names = [list(named(statement)) for statement in statements]
        self._pieces = Counter(name.name for names in self._names for name in names if name.what == "class")
        self._first_inner_class = next(
            (index for index, names in enumerate(self._names) if any(n.what == "class" and n.around for n in names)),
            len(statements),
        )
        self._moved_ranges()
        self._late_authority()
        self._names_used_elsewhere()
        self._names_in_one_network()
        self._order_of_classes()
        self._order_of_reservations(live)
        self._options_before_definitions(late_options)

    def classes_are_text(self, name: str, index: int) -> bool:
        """Whether a class at the top level must be text to keep its place."""
        return self._pieces[name] > 1 or index > self._first_inner_class

    def _keep(self, index: int, why: str) -> None:
        if self._keywords[index] in _PLACES:
            self.whole.setdefault(index, why)

    def _place(self, index: int) -> int:
        return _TEXT if index in self.whole else _PLACES.get(self._keywords[index], _TEXT)

    def _moved_ranges(self) -> None:
        """A range outside pools may join a pool before it on its link, depending on their order."""
        for index, statement in enumerate(self.statements):
            keyword = self._keywords[index]
            if (keyword == "subnet" and _range_after_pool(statement)) or (
                keyword == "shared-network" and _range_after_pool_beside(statement)
            ):
                self._keep(index, "a range in it comes after a pool, which it may join")

    def _late_authority(self) -> None:
        """`authoritative` only applies to networks after it."""
        for index, statement in enumerate(self.statements):
            if self._keywords[index] == "shared-network" and _authority_between(statement):
                self._keep(index, "`authoritative` in it counts for the later subnets only")
        stated = [index for index, keyword in enumerate(self._keywords) if keyword in ("authoritative", "not")]
        if not stated:
            return
        values = {index: self._keywords[index] == "authoritative" for index in stated}
        final, value = values[stated[-1]], False
        for index in range(stated[-1]):
            value = values.get(index, value)
            if self._keywords[index] in _NETWORKS and value is not final:
                self.late_authority = True
                self._keep(index, "`authoritative` is stated after it, and counts for later networks only")

    def _names_used_elsewhere(self) -> None:
        """Classes and named groups in a block that another block uses."""
        given: dict[tuple[str, str], list[int]] = {}
        for index, names in enumerate(self._names):
            for name in names:
                if name.gives and name.around:
                    given.setdefault(name.key, []).append(index)
        for index, names in enumerate(self._names):
            for name in names:
                for other in given.get(name.key, ()):
                    if other != index:
                        self._keep(other, f'others speak of {name.key[0]} "{name.name}" in it')

    def _names_in_one_network(self) -> None:
        """A class in a shared network that its subnets use: text of a shared network comes after its subnets."""
        for index, names in enumerate(self._names):
            if self._keywords[index] != "shared-network":
                continue
            beside = [name for name in names if name.gives and "subnet" not in name.around]
            inside = [name for name in names if "subnet" in name.around]
            spoken = {name.key for name in inside}
            for name in beside:
                if name.key in spoken or (name.what == "class" and any(each.what == "class" for each in inside)):
                    self._keep(index, f'its subnets come after {name.key[0]} "{name.name}"')

    def _order_of_classes(self) -> None:
        """If two classes set the same, the first wins."""
        later = max(_PLACES.values()) + 1
        for index in range(len(self.statements) - 1, -1, -1):
            classes = [name for name in self._names[index] if name.what == "class"]
            if not classes:
                continue
            if self._place(index) > later:
                self._keep(index, f'class "{classes[0].name}" in it comes before others')
            later = min(later, self._place(index))

    def _order_of_reservations(self, live: Server) -> None:
        """If a client has two reservations, dhcpd takes the first."""
        found = rivals(live)
        if not found:
            return
        homes: dict[str, tuple[int, bool]] = {}
        for index, statement in enumerate(self.statements):
            for name, inner in _hosts(statement):
                homes[name] = (index, inner)
        for names in found.values():
            places = [homes[name] for name in names if name in homes]
            if any(inner for _index, inner in places):
                for index, _inner in places:
                    self._keep(index, f"of the reservations {' and '.join(names)} the first one wins")

    def _options_before_definitions(self, late_options: Collection[str]) -> None:
        """Before its definition, a redefined option means something else."""
        late = set(late_options)
        defined = [
            index
            for index, statement in enumerate(self.statements)
            if self._keywords[index] == "option" and len(statement.words) > 2 and statement.words[1].lower() in late
        ]
        for index in range(defined[-1] if defined else 0):
            if self._keywords[index] in _PLACES:
                spoken = late.intersection(all_words((self.statements[index],)))
                if spoken:
                    self._keep(index, f"option {min(spoken)} is defined after it")


def _range_after_pool(subnet: Statement, after: bool = False) -> bool:
    """Whether a range outside pools comes after a pool. after: there is a pool before the subnet."""
    for inner in subnet.children or ():
        keyword = inner.words[0].lower()
        after = after or keyword == "pool"
        if keyword == "range" and after:
            return True
    return False


def _range_after_pool_beside(network: Statement) -> bool:
    """The same for a shared network; its subnets keep their order, but its own pools come last."""
    after = False
    for inner in network.children or ():
        keyword = inner.words[0].lower()
        after = after or keyword == "pool"
        if keyword == "subnet" and _range_after_pool(inner, after):
            return True
    return False


def _authority_between(network: Statement) -> bool:
    """Whether `authoritative` comes after a subnet."""
    keywords = [inner.words[0].lower() for inner in network.children or ()]
    subnets = [index for index, keyword in enumerate(keywords) if keyword == "subnet"]
    return bool(subnets) and any(keyword in ("authoritative", "not") for keyword in keywords[subnets[0] :])


def _hosts(statement: Statement, inner: bool = False) -> list[tuple[str, bool]]:
    """Names of reservations, and whether they are inside another block."""
    if statement.words[0].lower() == "host":
        return [(unquote(statement.words[-1]), inner)]
    return [found for child in statement.children or () for found in _hosts(child, True)]
