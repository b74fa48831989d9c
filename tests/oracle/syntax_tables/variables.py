# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of the other tables, declared as variables. dhcpd gets the file that the role writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syntax_tables import clients, expressions, networks, options, parameters, relationships, values
from syntax_tables.definitions import TYPES

Data = Mapping[str, Any]

# Values that exist only in variables.
_YAML: Mapping[str, Any] = {
    "yaml-true": True,
    "yaml-false": False,
    "yaml-number": 5,
    "yaml-large-number": 70000,
    "yaml-negative-number": -1,
    "yaml-fraction": 1.5,
    "yaml-empty-string": "",
    "yaml-list-of-addresses": ["192.0.2.1", "192.0.2.2"],
    "yaml-list-of-numbers": [1, 300],
    "yaml-list-of-texts": ["one", "two"],
    "yaml-list-of-one": ["192.0.2.1"],
    "yaml-empty-list": [],
    "yaml-list-of-lists": [["192.0.2.1", "192.0.2.2"], ["192.0.2.3"]],
    "yaml-list-with-null": ["192.0.2.1", None],
    "yaml-mapping": {"one": 1},
}

_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "broadcast_address": values.ADDRESS,
    "routers": values.ADDRESS,
    "static_routes": values.PAIRS,
    "host_name": values.TEXT,
    "vendor_class_identifier": values.BYTES,
    "interface_mtu": values.WIDTH,
    "default_ip_ttl": values.WIDTH,
    "time_offset": values.WIDTH,
    "dhcp_parameter_request_list": values.NUMBERS,
    "ip_forwarding": values.FLAG,
    "domain_search": values.DOMAINS,
}
_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "min_secs": values.WIDTH,
    "ping_check": values.FLAG,
    "filename": values.WORDS,
    "next_server": values.PLACE,
    "ddns_update_style": {word: word for word in ("none", "interim", "standard", "off", "NONE", "ad-hoc", "simple")},
    "log_facility": {word: word for word in ("local7", "daemon", "local9", "LOCAL7")},
    "no_such_parameter": {"word": "word", "number": 5, "flag": True, "null": None},
    "deny": {"unknown-clients": "unknown-clients", "unknown": "unknown clients", "list": ["bootp", "booting"]},
    "allow": {"known-clients": "known-clients", "booting": "booting"},
    "authoritative": {"null": None, "flag": True},
}
# Options and parameters that take a text: variables need no quotes.
_UNQUOTED = (
    (options.TEXTS, "one two"),
    (options.BYTES, "one two"),
    (options.DOMAINS, ["example.org", "example.net"]),
    (parameters.TEXTS, "one two"),
)
_NAMES = ("router", "domain-name-server", "DOMAIN_NAME", "no_such", "agent.circuit_id", "unknown-224", "3", "a b", "")


def _server(**data: Any) -> Data:
    return {"name": "server", "omapi": False, **data}


def _subnet(**data: Any) -> Data:
    return _server(subnets=[{"subnet": "192.0.2.0/24", **data}])


def _pool(**data: Any) -> Data:
    return {
        **_subnet(pools=[{"ranges": ["192.0.2.10"], **data}]),
        "classes": [{"name": "one", "match": "if known"}],
    }


def _settings() -> Iterator[tuple[str, Data]]:
    for name, written in _OPTIONS.items():
        for how, value in {**written, **_YAML}.items():
            yield f"option/{name}/{how}", _server(options={name: value})
    for name, written in _PARAMETERS.items():
        for how, value in {**written, **(_YAML if name in ("min_secs", "filename") else {})}.items():
            yield f"parameter/{name}/{how}", _server(parameters={name: value})
    for how, value in {**values.WIDTH, **_YAML}.items():
        yield f"lease-time/{how}", _server(default_lease_time=value)
    for names, value in _UNQUOTED:
        for name in names:
            kind = "parameter" if name in parameters.TEXTS else "option"
            yield f"without-quotes/{name}", _server(**{f"{kind}s": {name.replace("-", "_"): value}})
    for name in _NAMES:
        yield f"option-name/{name or 'empty'}", _server(options={name: "192.0.2.1"})


def _networks() -> Iterator[tuple[str, Data]]:
    for how, statement in networks.RANGES.items():
        if statement.startswith("range ") and statement.count(";") == 1 and statement.endswith(";"):
            yield f"range/{how}", _subnet(ranges=[statement[6:-1]])
            yield f"range-in-pool/{how}", _subnet(pools=[{"ranges": [statement[6:-1]]}])
    for how, phrase in networks.PERMITS.items():
        yield f"permit/{how}", _pool(allow=[phrase])
    for how, text in {
        "prefix": "192.0.2.0/24",
        "mask": "192.0.2.0/255.255.255.0",
        "host-bits": "192.0.2.1/24",
        "prefix-0": "0.0.0.0/0",
        "prefix-32": "192.0.2.1/32",
        "prefix-33": "192.0.2.0/33",
        "mask-inverted": "192.0.2.0/0.0.0.255",
        "mask-with-hole": "192.0.0.0/255.0.255.0",
        "too-large": "192.0.256.0/24",
        "three-octets": "192.0.2/24",
        "leading-zeros": "192.000.002.000/24",
    }.items():
        yield f"subnet/{how}", _server(subnets=[{"subnet": text}])
    for how, name in {"word": "one", "blank": "one two", "umlaut": "b\u00fcro", "quote": 'a"b', "brace": "a{b"}.items():
        network = {"name": name, "subnets": [{"subnet": "192.0.2.0/24"}]}
        yield f"shared-network/{how}", _server(shared_networks=[network])
    yield "shared-network/empty", _server(shared_networks=[{"name": "one"}])
    for how, value in {"empty": "", "blank": " ", "list-of-empty": [""], "empty-list": [], "null": None}.items():
        yield f"nothing/range/{how}", _subnet(ranges=value)
        yield f"nothing/permit/{how}", _pool(allow=value)
        yield f"nothing/hardware/{how}", _server(hosts=[{"name": "one", "hardware": value}])
        yield f"nothing/addresses/{how}", _server(hosts=[{"name": "one", "addresses": value}])
        yield f"nothing/client-id/{how}", _server(hosts=[{"name": "one", "client_id": value}])
        yield f"nothing/subclasses/{how}", _server(classes=[{"name": "one", "subclasses": value}])
        yield f"nothing/match/{how}", _server(classes=[{"name": "one", "match": value}])
        yield f"nothing/lease-limit/{how}", _server(classes=[{"name": "one", "lease_limit": value}])
        yield f"nothing/lease-time/{how}", _server(default_lease_time=value)
        yield f"nothing/extra/{how}", _server(extra=value)
        yield f"nothing/options/{how}", _server(options=value)
    yield "pool/empty", _subnet(pools=[{}])
    yield "pool/overlapping", _subnet(pools=[{"ranges": ["192.0.2.10"]}, {"ranges": ["192.0.2.10"]}])
    yield "pool/unknown-relationship", _subnet(pools=[{"ranges": ["192.0.2.10"], "failover": "one"}])


def _clients() -> Iterator[tuple[str, Data]]:
    for how, value in clients.HARDWARE.items():
        yield f"hardware/{how}", _server(hosts=[{"name": "one", "hardware": value.removeprefix("ethernet ")}])
    for how, value in clients.FIXED.items():
        yield f"fixed-address/{how}", _server(hosts=[{"name": "one", "address": value}])
    for how, value in clients.UIDS.items():
        yield f"client-id/{how}", _server(hosts=[{"name": "one", "client_id": value}])
    for how, name in {
        "dotted": "one.example.org",
        "number": "12",
        "blank": "one two",
        "quoted": '"one"',
        "umlaut": "b\u00fcro",
        "slash": "one/two",
        "colon": "00:00:5e",
        "underscore": "one_two",
        "keyword": "pool",
        "semicolon": "one;",
    }.items():
        yield f"host/{how}", _server(hosts=[{"name": name}])
    yield "host/twice", _server(hosts=[{"name": "one"}, {"name": "one"}])
    for how, text in expressions.TRUTHS.items():
        yield f"match-if/{how}", _server(classes=[{"name": "one", "match": f"if {text}"}])
    for how, text in list(expressions.DATA.items())[:60]:
        yield f"match/{how}", _server(classes=[{"name": "one", "match": text}])
    for how, value in {"number": 4, "zero": 0, "word": "four", "negative": -1, "fraction": 1.5, "string": "4"}.items():
        yield f"lease-limit/{how}", _server(classes=[{"name": "one", "match": "if known", "lease_limit": value}])
    for how, value in {"octets": "1:02:03", "text": "text", "address": "192.0.2.1", "large": "1:100"}.items():
        yield f"subclass/{how}", _server(classes=[{"name": "one", "match": "hardware", "subclasses": [value]}])


def _halves() -> Iterator[tuple[str, Data]]:
    usual = {
        "name": "one",
        "role": "primary",
        "address": "198.51.100.1",
        "peer_address": "198.51.100.2",
        "max_response_delay": 30,
        "max_unacked_updates": 10,
        "mclt": 600,
        "split": 128,
        "load_balance_max_seconds": 3,
    }
    pool = _subnet(pools=[{"failover": "one", "ranges": ["192.0.2.10-192.0.2.99"]}])
    for key in ("mclt", "split", "port", "peer_port", "max_response_delay", "load_balance_max_seconds"):
        for how, value in {**relationships.NUMBERS, "yaml-number": 10, "yaml-true": True, "yaml-list": [1]}.items():
            yield f"half/{key}/{how}", {**pool, "failover": [{**usual, key: value}]}
    for key in ("address", "peer_address"):
        for how, value in values.PLACE.items():
            yield f"half/{key}/{how}", {**pool, "failover": [{**usual, key: value}]}
    for key in usual:
        if key not in ("name", "role"):
            half = {other: value for other, value in usual.items() if other != key}
            yield f"half/without-{key}", {**pool, "failover": [half]}
    yield "half/complete", {**pool, "failover": [usual]}
    yield "half/hba", {**pool, "failover": [{**usual, "hba": ":".join(["ff"] * 32)}]}
    yield "half/hba-short", {**pool, "failover": [{**usual, "hba": "ff:ff"}]}
    yield "half/twice", {**pool, "failover": [usual, usual]}
    yield "half/unused", _server(failover=[usual])
    for how, name in {"blank": "one two", "quote": 'a"b', "brace": 'a"; }', "umlaut": "b\u00fcro"}.items():
        subnets = [{"subnet": "192.0.2.0/24", "pools": [{"failover": name, "ranges": ["192.0.2.10-192.0.2.99"]}]}]
        yield f"half/name-{how}", _server(subnets=subnets, failover=[{**usual, "name": name}])


def _definitions() -> Iterator[tuple[str, Data]]:
    for kind, written in TYPES.items():
        name = "-".join(kind.replace("{", "record").replace("}", "").replace(",", "").split())
        for how, value in written.items():
            if value:
                definitions = [{"name": "one", "code": 224, "type": kind}]
                yield f"define/{name}/{how}", _server(option_definitions=definitions, options={"one": value})
    for how, kind in {
        "unknown": "number",
        "array-of-text": "array of text",
        "integer-64": "integer 64",
        "record-without-commas": "{ integer 8 text }",
        "record-unclosed": "{ integer 8, text",
        "capitals": "TEXT",
        "encapsulate-unknown": "encapsulate acme",
        "two": "text, text",
        "semicolon": "text;",
    }.items():
        yield f"definition/type-{how}", _server(option_definitions=[{"name": "one", "code": 224, "type": kind}])
    capitals = [{"name": "One", "code": 224, "type": "TEXT"}]
    yield "define/capitals/right", _server(option_definitions=capitals, options={"ONE": "one two"})
    for how, code in {"zero": 0, "256": 256, "word": "ten", "hexadecimal": "0xe0", "text": "224"}.items():
        yield f"definition/code-{how}", _server(option_definitions=[{"name": "one", "code": code, "type": "text"}])


def samples() -> Iterator[tuple[str, Data]]:
    for chapter in (_settings, _networks, _clients, _halves, _definitions):
        yield from ((f"variables/{name}", data) for name, data in chapter())
