# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shrink a failing sample as long as it still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace

from effect_samples import Block, Client, Item, Sample

_PLAIN = {field.name: field.default for field in fields(Client) if field.name != "card"}


def shrunk(sample: Sample, fails: Callable[[Sample], bool]) -> Sample:
    """The smallest failing sample found; `fails` tests each."""
    smaller: Sample | None = sample
    while smaller is not None:
        sample = smaller
        smaller = next(filter(fails, _smaller(sample)), None)
    return sample


def _smaller(sample: Sample) -> Iterator[Sample]:
    clients = sample.clients
    if len(clients) > 1:
        for client in clients:
            yield replace(sample, clients=(client,))
        for number in range(len(clients)):
            yield replace(sample, clients=clients[:number] + clients[number + 1 :])
    for items in _without(sample.items):
        yield replace(sample, items=items)
    for number, client in enumerate(clients):
        for name, value in _PLAIN.items():
            if getattr(client, name) != value:
                plain = replace(client, **{name: value})  # type: ignore[arg-type]  # each has its own type
                yield replace(sample, clients=(*clients[:number], plain, *clients[number + 1 :]))


def _without(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    """These items with one piece removed, larger pieces first."""
    for number, item in enumerate(items):
        before, after = tuple(items[:number]), tuple(items[number + 1 :])
        yield before + after
        if isinstance(item, Block):
            yield before + item.items + after
    for number, item in enumerate(items):
        if isinstance(item, Block):
            before, after = tuple(items[:number]), tuple(items[number + 1 :])
            for inner in _without(item.items):
                yield (*before, replace(item, items=inner), *after)
