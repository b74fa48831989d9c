# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations as people and their tools write them, one for each kind. dhcpd 4.4.3-P1 accepts all of them
(tests/system/test_adopt_daemon.py asks it), so it must also accept the files adopted from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

# The test with the daemon replaces it with its own folder.
FOLDER = "/etc/dhcp/"


class Text(NamedTuple):
    """A dhcpd.conf and its included files, by name."""

    config: str
    includes: Mapping[str, str] = {}


HALF = """
failover peer "fo" {
  primary; address 192.0.2.2; port 647; peer address 192.0.2.3; peer port 647;
  max-response-delay 60; max-unacked-updates 10; mclt 1800; split 128; load balance max seconds 3;
}
"""
POOL = 'pool { failover peer "fo"; deny dynamic bootp clients; range 192.0.2.100 192.0.2.200; }'
SUBNET = f"subnet 192.0.2.0 netmask 255.255.255.0 {{ option routers 192.0.2.1; {POOL} }}"
KEY = 'key %s { algorithm hmac-sha256; secret "AAAAAAAAAAAAAAAAAAAAAA=="; }'
# A relationship that nothing uses would be a fault.
PLAIN = "subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1; range 192.0.2.100 192.0.2.200; }"

# --- pools, ranges and networks ------------------------------------------------------------------------------------

NETWORKS = {
    "pool-in-its-subnet": HALF + SUBNET,
    "pool-beside-its-subnet": HALF
    + """
shared-network office {
  subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1; default-lease-time 7200; }
  subnet 198.51.100.0 netmask 255.255.255.0 { option routers 198.51.100.1; }
  pool { failover peer "fo"; deny dynamic bootp clients; range 192.0.2.10 192.0.2.250; }
  pool { failover peer "fo"; deny dynamic bootp clients; range 198.51.100.10 198.51.100.250; max-lease-time 600; }
}
""",
    "pools-inside-and-beside": HALF
    + """
shared-network "second floor" {
  option domain-name "floor.example";
  subnet 192.0.2.0 netmask 255.255.255.0 {
    option routers 192.0.2.1;
    pool { failover peer "fo"; range 192.0.2.10 192.0.2.99; allow known-clients; }
  }
  pool { failover peer "fo"; range 192.0.2.100 192.0.2.199; deny known-clients; }
  subnet 198.51.100.0 netmask 255.255.255.0 { option routers 198.51.100.1; }
  pool { range 198.51.100.10 198.51.100.99; }
}
""",
    "pool-between-subnets": HALF
    + """
shared-network clients {
  subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1; default-lease-time 600; max-lease-time 7200; }
    pool { failover peer "fo"; range 192.0.2.100 192.0.2.200; }
  subnet 198.51.100.0 netmask 255.255.255.0 { }
}
""",
    "relationship-inside-a-shared-network": """
authoritative;
shared-network "clients network" {
  failover peer "fo" {
    primary; address 198.51.100.6; port 519; peer address 198.51.100.7; peer port 519;
    max-response-delay 60; max-unacked-updates 10; mclt 3600; split 128; load balance max seconds 3;
  }
  subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1; }
  pool { failover peer "fo"; range 192.0.2.100 192.0.2.200; }
  pool { deny known-clients; range 192.0.2.201 192.0.2.220; }
  subnet 198.51.100.0 netmask 255.255.255.0 { }
}
""",
    "relationship-handed-down-by-a-shared-network": HALF
    + """
shared-network one {
  subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1; pool { range 192.0.2.10 192.0.2.20; } }
  failover peer "fo";
  pool { range 192.0.2.30 192.0.2.40; }
  subnet 198.51.100.0 netmask 255.255.255.0 { pool { range 198.51.100.30 198.51.100.40; } }
  pool { failover peer "fo"; range 192.0.2.50 192.0.2.60; }
}
""",
    "relationship-inside-a-group": """
group {
  option domain-name "group.example";
  shared-network one {
    failover peer "fo" {
      primary; address 192.0.2.2; peer address 192.0.2.3; mclt 60; split 128; max-response-delay 60;
      load balance max seconds 3;
    }
    subnet 192.0.2.0 netmask 255.255.255.0 { pool { failover peer "fo"; range 192.0.2.30 192.0.2.40; } }
  }
}
""",
    "secondary": """
failover peer "fo" { secondary; address 192.0.2.3; peer address 192.0.2.2; max-response-delay 60; }
"""
    + SUBNET,
    "half-split-by-hba": HALF.replace("split 128", "hba " + ":".join(["ff"] * 16 + ["00"] * 16)) + SUBNET,
    "relationship-with-a-quote-in-its-name": HALF.replace('"fo"', r'"the \"old\" wing"')
    + SUBNET.replace('"fo"', r'"the \"old\" wing"'),
    "bare-ranges-and-pools": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.10 192.0.2.20;
  range 192.0.2.30;
  pool { allow unknown-clients; range 192.0.2.40 192.0.2.50; }
}
""",
    # The second range of each two joins the pool before the first of its kind.
    "ranges-of-both-kinds": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  range dynamic-bootp 192.0.2.10 192.0.2.20;
  range 192.0.2.30 192.0.2.40;
  range dynamic-bootp 192.0.2.50 192.0.2.60;
  range 192.0.2.70 192.0.2.80;
}
""",
    "pool-between-ranges": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.10 192.0.2.20;
  pool { allow unknown-clients; option domain-name "pool.example"; range 192.0.2.30 192.0.2.40; }
  range 192.0.2.50 192.0.2.60;
}
""",
    # The range joins the pool before it, whose permits are those of a range.
    "bare-range-after-a-pool-like-it": HALF
    + """
subnet 192.0.2.0 netmask 255.255.255.0 {
  pool { failover peer "fo"; deny dynamic bootp clients; default-lease-time 60; range 192.0.2.10 192.0.2.20; }
  range 192.0.2.30 192.0.2.40;
}
""",
    "bare-range-after-a-pool-beside": HALF
    + """
shared-network link {
  subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1; }
  pool { failover peer "fo"; deny dynamic bootp clients; range 192.0.2.10 192.0.2.20; }
  subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.30 198.51.100.40; }
}
""",
    "bootp": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  range dynamic-bootp 192.0.2.10 192.0.2.20;
  range 192.0.2.30 192.0.2.40;
  allow bootp;
  dynamic-bootp-lease-length 86400;
}
""",
    # After `failover peer` dhcpd would reject the range.
    "bootp-range-before-its-relationship": HALF
    + """
subnet 192.0.2.0 netmask 255.255.255.0 {
  pool { range dynamic-bootp 192.0.2.10 192.0.2.20; failover peer "fo"; }
}
""",
    "bootp-clients-allowed": HALF
    + """
subnet 192.0.2.0 netmask 255.255.255.0 {
  pool { failover peer "fo"; allow dynamic bootp clients; range 192.0.2.10 192.0.2.20; }
  pool { failover peer "fo"; deny dynamic bootp clients; deny unknown-clients; range 192.0.2.30 192.0.2.40; }
}
""",
    "every-permit": HALF
    + """
class "c" { match if exists user-class; }
subnet 192.0.2.0 netmask 255.255.255.0 {
  pool {
    failover peer "fo";
    allow members of "c"; allow known-clients; deny unknown clients; allow all clients;
    deny authenticated clients; allow unauthenticated clients; allow after 1 2026/06/01 00:00:00;
    range 192.0.2.10 192.0.2.20;
  }
}
""",
    "settings-in-every-scope": HALF
    + """
option domain-name "everywhere.example";
default-lease-time 600; max-lease-time 7200; min-lease-time 60;
shared-network s {
  option domain-name "s.example"; default-lease-time 601; authoritative;
  subnet 192.0.2.0 netmask 255.255.255.0 {
    option domain-name "subnet.example"; max-lease-time 7201; not authoritative;
    pool {
      failover peer "fo"; range 192.0.2.10 192.0.2.20;
      option domain-name "pool.example"; min-lease-time 61; ping-check false;
    }
  }
}
""",
    "networks-inside-a-group": HALF
    + """
group {
  option domain-name "group.example";
  subnet 192.0.2.0 netmask 255.255.255.0 { pool { failover peer "fo"; range 192.0.2.10 192.0.2.20; } }
  group {
    option domain-name-servers 192.0.2.53;
    shared-network inner { subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.10 198.51.100.20; } }
  }
}
subnet 203.0.113.0 netmask 255.255.255.0 { }
""",
    "subnet-inside-a-pool": """
shared-network s {
  subnet 192.0.2.0 netmask 255.255.255.0 { }
  pool { option domain-name "pool.example"; range 192.0.2.10 192.0.2.20;
         subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.10 198.51.100.20; } }
}
""",
    "group-inside-a-pool": HALF
    + """
subnet 192.0.2.0 netmask 255.255.255.0 {
  option routers 192.0.2.1;
  pool {
    failover peer "fo"; deny dynamic bootp clients;
    range 192.0.2.100 192.0.2.200;
    group { filename "pxelinux.0"; host a1 { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.10; } }
  }
}
""",
    "authoritative-last": PLAIN + "subnet 198.51.100.0 netmask 255.255.255.0 { } authoritative;",
    "authoritative-in-between": PLAIN + "authoritative; subnet 198.51.100.0 netmask 255.255.255.0 { }",
    "authoritative-behind-subnets-of-a-link": """
shared-network s {
  subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }
  authoritative;
  subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.10 198.51.100.20; }
}
""",
    "old-spellings": """
SERVER-IDENTIFIER 192.0.2.2;
Option Domain-Name "x.example";
DEFAULT-LEASE-TIME 0600; MAX-LEASE-TIME infinite; min-lease-time 0x3c;
allow booting; deny bootp; ignore client-updates; allow duplicates; deny declines;
subnet 192.0.2.0 netmask 255.255.255.0 { RANGE 192.0.2.100   192.0.2.200; interface "eth0"; }
""",
    "an-empty-subnet-to-listen-on": HALF + SUBNET + "subnet 203.0.113.0 netmask 255.255.255.0 {}",
}

# --- classes -------------------------------------------------------------------------------------------------------

CLASSES = {
    "classes-inside-the-subnet-they-serve": HALF
    + """
subnet 192.0.2.0 netmask 255.255.255.0 {
  option routers 192.0.2.1;
  class "port-12" { match if binary-to-ascii(10, 16, "", substring(option agent.circuit-id, 2, 2)) = "12"; }
  pool { failover peer "fo"; deny dynamic bootp clients; range 192.0.2.12 192.0.2.13; allow members of "port-12"; }
  class "port-14" { match if suffix(option agent.circuit-id, 1) = 0e; }
  pool { failover peer "fo"; deny dynamic bootp clients; range 192.0.2.14 192.0.2.15; allow members of "port-14"; }
}
""",
    "classes-inside-two-subnets": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  class "a" { match if option agent.remote-id = "a"; option domain-name "a.example"; }
  pool { range 192.0.2.12 192.0.2.13; allow members of "a"; }
}
subnet 198.51.100.0 netmask 255.255.255.0 {
  class "b" { match if option agent.remote-id = "b"; }
  pool { range 198.51.100.12 198.51.100.13; allow members of "b"; allow members of "a"; }
}
""",
    "class-inside-a-subnet-used-by-a-shared-network": """
subnet 192.0.2.0 netmask 255.255.255.0 { class "a" { match if exists user-class; } range 192.0.2.10 192.0.2.20; }
shared-network s {
  subnet 198.51.100.0 netmask 255.255.255.0 { pool { allow members of "a"; range 198.51.100.12 198.51.100.13; } }
}
""",
    "two-classes-inside-networks-in-another-order": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  class "a" { match if exists user-class; option domain-name "a.example"; } range 192.0.2.10 192.0.2.20;
}
shared-network s {
  subnet 198.51.100.0 netmask 255.255.255.0 {
    class "b" { match if exists host-name; option domain-name "b.example"; } range 198.51.100.12 198.51.100.13;
  }
}
""",
    "class-inside-a-shared-network": """
shared-network s {
  class "a" { match if exists user-class; }
  subnet 198.51.100.0 netmask 255.255.255.0 { pool { allow members of "a"; range 198.51.100.12 198.51.100.13; } }
  pool { deny members of "a"; range 198.51.100.14 198.51.100.15; }
}
""",
    "class-beside-the-pools-of-a-shared-network": """
shared-network s {
  subnet 198.51.100.0 netmask 255.255.255.0 { }
  class "a" { match if exists user-class; lease limit 4; }
  pool { allow members of "a"; range 198.51.100.12 198.51.100.13; }
}
""",
    "class-inside-the-pool-that-names-it": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  pool { class "a" { match if exists user-class; } allow members of "a"; range 192.0.2.12 192.0.2.13; }
  pool { deny members of "a"; range 192.0.2.14 192.0.2.15; }
}
""",
    "class-inside-a-host": """
host h { hardware ethernet 02:00:00:00:00:01; class "a" { match if exists user-class; } }
subnet 192.0.2.0 netmask 255.255.255.0 { pool { allow members of "a"; range 192.0.2.12 192.0.2.13; } }
""",
    "class-inside-a-group": """
class "first" { match if exists host-name; option domain-name "first.example"; }
group { option domain-name "group.example"; class "a" { match if exists user-class; } }
class "last" { match if exists vendor-class-identifier; option domain-name "last.example"; }
subnet 192.0.2.0 netmask 255.255.255.0 { pool { allow members of "a"; range 192.0.2.12 192.0.2.13; } }
""",
    "class-declared-in-pieces": """
class "a" { match if exists user-class; option domain-name "a.example"; }
class "b" { match if exists host-name; }
class "a" { lease limit 3; max-lease-time 60; }
group { class "a" { option domain-name "again.example"; } }
subnet 192.0.2.0 netmask 255.255.255.0 { pool { allow members of "a"; range 192.0.2.12 192.0.2.13; } }
""",
    "class-with-its-rest-inside-a-subnet": """
class "a" { match hardware; }
subnet 192.0.2.0 netmask 255.255.255.0 {
  class "a" { option domain-name "a.example"; }
  subclass "a" 1:02:00:00:00:00:01;
  pool { allow members of "a"; range 192.0.2.12 192.0.2.13; }
}
subclass "a" 1:02:00:00:00:00:02;
""",
    "subclass-of-a-class-inside-a-subnet": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  class "a" { match hardware; }
  pool { allow members of "a"; range 192.0.2.12 192.0.2.13; }
}
subclass "a" 1:02:00:00:00:00:01;
subclass "a" 1:02:00:00:00:00:02 { option host-name "two"; }
""",
    "subclasses-with-and-without-settings": """
class "allocate" { match pick-first-value (option dhcp-client-identifier, hardware); lease limit 2; }
subclass "allocate" 1:8:0:2b:4c:39:ad;
subclass "allocate" 1:8:0:2b:a9:cc:e3 { option root-path "samsara:/var/diskless/alphapc"; filename "/tftpboot/a"; }
subclass "allocate" "text";
class "later" { match if exists user-class; }
"""
    + PLAIN,
    "spawning-class": """
class "lines" { match if exists agent.circuit-id; spawn with option agent.circuit-id; lease limit 4; }
class "named" { spawn with option host-name; }
"""
    + PLAIN,
    "old-classes": """
class "implicit-vendor-class" { match option vendor-class-identifier; }
class "Vendor" { match if exists vendor-class-identifier; }
"""
    + PLAIN,
    "class-in-a-class-of-options-of-a-space": """
option space SUNW;
option SUNW.server-address code 2 = ip-address;
option SUNW.server-name code 3 = text;
option SUNW.root-path code 4 = text;
class "vendor-classes" { match option vendor-class-identifier; }
subclass "vendor-classes" "SUNW.Ultra-5_10" {
  vendor-option-space SUNW;
  option SUNW.root-path "/export/root/sparc";
}
class "sun" {
  match if substring (option vendor-class-identifier, 0, 4) = "SUNW";
  vendor-option-space SUNW;
  option SUNW.server-address 192.0.2.9;
}
"""
    + PLAIN,
    "three-classes-that-say-the-same-option": """
class "a" { match if exists user-class; option domain-name "a.example"; }
class "b" { match if exists host-name; option domain-name "b.example"; }
class "c" { match if known; option domain-name "c.example"; }
"""
    + PLAIN,
    "provider-with-option-82": HALF
    + "".join(
        f"""
class "dslam-{number}" {{
  match if binary-to-ascii (16, 8, ":", option agent.remote-id) = "0:{number}:0:0"
        or substring (option agent.circuit-id, 0, 4) = "eth{number}";
  lease limit 4;
}}
"""
        for number in range(1, 4)
    )
    + """
shared-network access {
  subnet 192.0.2.0 netmask 255.255.255.0 {
    option routers 192.0.2.1; option subnet-mask 255.255.255.0; option broadcast-address 192.0.2.255;
    pool { failover peer "fo"; allow members of "dslam-1"; range 192.0.2.10 192.0.2.50; }
    pool { failover peer "fo"; allow members of "dslam-2"; range 192.0.2.60 192.0.2.90; }
  }
  subnet 198.51.100.0 netmask 255.255.255.0 {
    option routers 198.51.100.1;
    pool { failover peer "fo"; deny members of "dslam-1"; deny members of "dslam-2";
           range 198.51.100.10 198.51.100.99; }
  }
}
on commit {
  set circuit = option agent.circuit-id;
  if exists agent.circuit-id {
    log (info, concat ("lease ", binary-to-ascii (10, 8, ".", leased-address), " on ",
                       binary-to-ascii (16, 8, "", option agent.circuit-id), "; {done}"));
  }
}
""",
}

# --- reservations and groups ---------------------------------------------------------------------------------------

RESERVATIONS = {
    "reservation-inside-its-subnet": HALF
    + SUBNET.replace(
        POOL, f'{POOL} host a {{ hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9; option host-name "a"; }}'
    ),
    # It also gets that subnet's settings.
    "reservation-inside-another-subnet": PLAIN
    + """
subnet 198.51.100.0 netmask 255.255.255.0 {
  option routers 198.51.100.1;
  host a { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9; }
  host b { hardware ethernet 02:00:00:00:00:02; }
  host c { hardware ethernet 02:00:00:00:00:03; fixed-address 198.51.100.9, 192.0.2.10; }
}
""",
    "reservation-inside-a-shared-network": """
shared-network s {
  option domain-name "s.example";
  subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; }
  subnet 198.51.100.0 netmask 255.255.255.0 { }
  host a { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9; }
  host b { hardware ethernet 02:00:00:00:00:02; fixed-address 192.0.2.8, 198.51.100.8; }
  host c { hardware ethernet 02:00:00:00:00:03; fixed-address 203.0.113.8; }
  host d { hardware ethernet 02:00:00:00:00:04; }
}
""",
    "reservation-inside-a-pool": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  pool { option domain-name "pool.example"; range 192.0.2.10 192.0.2.20;
         host a { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9; } }
}
""",
    "groups-inside-groups": PLAIN
    + """
group {
  option domain-name "outer.example"; next-server 192.0.2.9;
  host one { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.11; }
  group {
    filename "inner.0";
    host two { hardware ethernet 02:00:00:00:00:02; fixed-address 192.0.2.12; filename "own.0"; }
    group { option domain-name "innermost.example"; host three { hardware ethernet 02:00:00:00:00:03; } }
  }
}
""",
    "named-groups": PLAIN
    + """
group "thin" { filename "thin.0"; option root-path "/thin"; }
group thick { filename "thick.0"; }
host a { hardware ethernet 02:00:00:00:00:01; group "thin"; }
host b { hardware ethernet 02:00:00:00:00:02; group thick; fixed-address 192.0.2.9; }
""",
    "named-group-inside-a-subnet": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  group "thin" { filename "thin.0"; host in { hardware ethernet 02:00:00:00:00:03; fixed-address 192.0.2.8; } }
  range 192.0.2.100 192.0.2.200;
}
host a { hardware ethernet 02:00:00:00:00:01; group "thin"; }
""",
    "group-inside-a-subnet": """
subnet 192.0.2.0 netmask 255.255.255.0 {
  option routers 192.0.2.1;
  group {
    option routers 192.0.2.254; use-host-decl-names on;
    host a { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9; }
    host b { hardware ethernet 02:00:00:00:00:02; fixed-address 192.0.2.8; }
  }
  range 192.0.2.100 192.0.2.200;
}
""",
    "group-inside-a-shared-network": """
shared-network s {
  subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.200; }
  group { filename "a"; host a { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9; } }
}
""",
    "one-machine-in-two-networks": PLAIN
    + """
host a-here { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9; }
subnet 198.51.100.0 netmask 255.255.255.0 {
  host a-there { hardware ethernet 02:00:00:00:00:01; fixed-address 198.51.100.9; option routers 198.51.100.1; }
}
host a-anywhere { hardware ethernet 02:00:00:00:00:01; option host-name "a"; }
""",
    "first-of-two-reservations-without-address": PLAIN
    + """
host plain { hardware ethernet 02:00:00:00:00:01; option host-name "first"; }
group { class "a" { } host grouped { hardware ethernet 02:00:00:00:00:01; option host-name "second"; } }
""",
    "two-cards-of-one-machine": PLAIN
    + """
host lan { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9; option host-name "both"; }
host wifi { hardware ethernet 02:00:00:00:00:02; fixed-address 192.0.2.9; option host-name "both"; }
""",
    "client-identifiers": PLAIN
    + r"""
host text { option dhcp-client-identifier "printer"; fixed-address 192.0.2.9; }
host octets { option dhcp-client-identifier 01:02:00:00:00:00:01; }
host uid { uid "text"; }
host uid-octets { uid 1:2:3:4:5:6; }
host looks-like-octets { option dhcp-client-identifier "01:02:03"; }
host escaped { option dhcp-client-identifier "\000abc"; }
host both { hardware ethernet 02:00:00:00:00:01; uid "first"; option dhcp-client-identifier "second"; }
host two { option dhcp-client-identifier "first"; option dhcp-client-identifier "second"; }
""",
    "hardware-of-every-kind": PLAIN
    + """
host a { hardware ethernet 2:0:0:0:0:A; }
host b { hardware token-ring 02:00:00:00:00:0b; }
host c { hardware fddi 02:00:00:00:00:0c; }
host d { hardware infiniband 02:00:00:00:00:00:00:0d; }
host e { hardware unknown-37 02:00:00:00:00:0e; }
host f.example.net { hardware ethernet 02:00:00:00:00:0f; }
host under_score { hardware ethernet 02:00:00:00:00:10; fixed-address 192.0.2.9, 192.0.2.8; }
""",
    "conditions-inside-a-reservation": PLAIN
    + """
host a {
  hardware ethernet 02:00:00:00:00:01;
  if option user-class = "iPXE" { filename "http://192.0.2.9/boot.ipxe"; } else { filename "undionly.kpxe"; }
  ddns-hostname = concat ("a-", binary-to-ascii (10, 8, "-", leased-address));
  deny booting;
}
""",
}

# --- definitions ---------------------------------------------------------------------------------------------------

DEFINITIONS = {
    "options-of-ones-own": """
option wpad code 252 = text;
option rfc3442 code 121 = array of integer 8;
option ms-routes code 249 = array of unsigned integer 8;
option flag code 224 = boolean;
option pair code 225 = { ip-address, unsigned integer 16 };
option pairs code 226 = array of { ip-address, integer 8 };
option list code 227 = domain-list;
option blob code 228 = string;
option gates code 229 = array of ip-address;
option short code 230 = signed integer 16;
option named code 231 = { unsigned integer 8, text };
option packed code 232 = domain-list compressed;
option wpad "http://192.0.2.9/wpad.dat";
option rfc3442 24, 203, 0, 113, 192, 0, 2, 1;
option flag true;
option pair 192.0.2.7 80;
option pairs 192.0.2.7 8, 192.0.2.8 9;
option list "a.example", "b.example";
option blob 01:02:ff;
option gates 192.0.2.7, gate.example;
option short -5;
option named 7 "seven";
option packed "a.example", "b.example";
subnet 192.0.2.0 netmask 255.255.255.0 { option blob "text"; option wpad "a, b"; }
""",
    "option-redefined": """
option routers 192.0.2.1;
option thing code 224 = text;
option thing "text";
option thing code 224 = ip-address;
option thing 192.0.2.7;
subnet 192.0.2.0 netmask 255.255.255.0 { option thing 192.0.2.8; range 192.0.2.10; }
""",
    "built-in-option-redefined": """
option host-name "before";
option host-name code 12 = string;
option host-name 61:62:63;
"""
    + PLAIN,
    "option-used-before-it-is-redefined": """
subnet 192.0.2.0 netmask 255.255.255.0 { option host-name "before"; range 192.0.2.10; }
option host-name code 12 = string;
option host-name 61:62:63;
""",
    "option-by-its-number-before-its-definition": """
option unknown-224 "text";
option thing code 224 = ip-address;
option thing 192.0.2.7;
"""
    + PLAIN,
    "option-space": """
option space pxe;
option pxe.mtftp-ip code 1 = ip-address;
option pxe.discovery-control code 6 = unsigned integer 8;
option pxe.menu code 9 = text;
option pxe-encap code 43 = encapsulate pxe;
vendor-option-space pxe;
option pxe.mtftp-ip 0.0.0.0;
subnet 192.0.2.0 netmask 255.255.255.0 {
  option pxe.discovery-control 8;
  pool { option pxe.menu "menu"; range 192.0.2.10 192.0.2.20; }
}
host a { hardware ethernet 02:00:00:00:00:01; option pxe.menu "own"; }
""",
    "option-space-with-widths": """
option space wide code width 2 length width 2 hash size 3;
option wide.one code 1000 = text;
option outer code 240 = encapsulate wide;
option wide.one "one";
site-option-space "wide";
"""
    + PLAIN,
    "vendor-option-space-before-it-is-declared": "vendor-option-space later; option space later; " + PLAIN,
    "class-before-and-behind-a-definition": """
class "before" { match if exists user-class; }
option arch code 93 = unsigned integer 16;
option space gpxe;
option gpxe.no-pxedhcp code 176 = unsigned integer 8;
class "behind" { match if option arch = 00:07 or exists gpxe.no-pxedhcp; option gpxe.no-pxedhcp 1; }
"""
    + PLAIN,
    "raw-options": """
option unknown-224 01:02:03;
option option-6rd 0 0 ::  192.0.2.1;
option vendor-encapsulated-options 01:04:31:ff:ff:ff;
option dhcp-parameter-request-list 1, 3, 6;
option domain-search "a.example", "b.example";
option static-routes 10.4.0.0 192.0.2.1, 10.5.0.0 192.0.2.2;
option slp-directory-agent true 192.0.2.9;
option time-offset -3600; option ip-forwarding on; option interface-mtu 1400; option netbios-node-type 8;
option nis-domain "nis.example"; option root-path "192.0.2.9:/srv/a b,c";
option tftp-server-name "192.0.2.9"; option bootfile-name "a;b{c}.0";
"""
    + PLAIN,
}

# --- conditions and expressions ------------------------------------------------------------------------------------

CONDITIONS = {
    "pxe-by-architecture": """
option arch code 93 = unsigned integer 16;
next-server 192.0.2.9;
if exists user-class and option user-class = "iPXE" { filename "http://192.0.2.9/menu.ipxe"; }
elsif option arch = 00:07 { filename "grub/grubx64.efi"; }
elsif option arch = 00:0b { filename "grub/grubaa64.efi"; }
else { filename "pxelinux.0"; }
"""
    + PLAIN,
    "condition-between-statements-of-one-option": """
option domain-name "first.example";
if known { option domain-name "known.example"; }
option domain-name "last.example";
default-lease-time 600;
if exists user-class { default-lease-time 60; }
subnet 192.0.2.0 netmask 255.255.255.0 {
  if known { option routers 192.0.2.2; }
  option routers 192.0.2.1;
  range 192.0.2.10 192.0.2.20;
}
""",
    "expressions": """
ddns-hostname = pick (option fqdn.hostname, option host-name,
                      concat ("dhcp-", binary-to-ascii (10, 8, "-", leased-address)));
option domain-name = concat ("a", ".example");
option host-name = config-option server.ddns-hostname;
set made-by = option vendor-class-identifier;
default server.max-lease-time 7200;
append domain-name-servers 192.0.2.53;
prepend domain-search "x.example";
"""
    + PLAIN.replace("range", 'if made-by = "x" { default-lease-time 60; } range'),
    "switch-and-events": """
switch (option host-name) {
  case "beamer":
    option routers 192.0.2.254;
    break;
  default:
    set room = "none";
}
on commit or expiry { set room = "x"; }
on release { execute ("/usr/local/bin/gone", "now", binary-to-ascii (10, 8, ".", leased-address)); }
define shorter (name) { return substring (name, 0, 8); }
log (info, "seen");
"""
    + PLAIN,
    "conditions-in-pools": HALF
    + """
subnet 192.0.2.0 netmask 255.255.255.0 {
  pool {
    failover peer "fo"; range 192.0.2.10 192.0.2.20;
    if known { option domain-name "known.example"; } else { option domain-name "guest.example"; }
    option domain-name-servers 192.0.2.53;
  }
}
""",
    "config-option-reads-what-comes-later": """
set before = config-option domain-name;
option domain-name "x.example";
"""
    + PLAIN,
    "semicolons-and-braces-in-text": r"""
option domain-name "a;b{c}#d\"e\\f";
if option host-name = "x;{" { option root-path "}#;"; }
"""
    + PLAIN,
}

# --- names and keys ------------------------------------------------------------------------------------------------

DNS = {
    "key-and-zones": f"""
ddns-update-style standard; ddns-updates on; update-static-leases on; ddns-domainname "dyn.example.";
{KEY % "ddns"}
zone dyn.example. {{ primary 127.0.0.1; key ddns; }}
zone 2.0.192.in-addr.arpa. {{ primary 192.0.2.53; secondary 192.0.2.54; key "ddns"; }}
"""
    + PLAIN,
    "key-behind-what-needs-none": PLAIN + f"{KEY % 'ddns'}; zone a.example. {{ primary ns.example; key ddns; }}",
    "key-and-zone-inside-a-subnet": f"""
subnet 192.0.2.0 netmask 255.255.255.0 {{
  {KEY % "inner"}
  zone a.example. {{ primary 127.0.0.1; key inner; }}
  range 192.0.2.10 192.0.2.20;
}}
subnet 198.51.100.0 netmask 255.255.255.0 {{ zone b.example. {{ primary 127.0.0.1; key inner; }} }}
""",
    "key-inside-a-group": f"""
group {{ {KEY % "one"} host a {{ hardware ethernet 02:00:00:00:00:01; }} }}
zone a.example. {{ primary 127.0.0.1; key one; }}
"""
    + PLAIN,
    "two-keys": f"""
{KEY % "omapi_key"}
{KEY % '"second"'}
omapi-port 7911; omapi-key omapi_key;
zone a.example. {{ primary 127.0.0.1; key second; }}
"""
    + PLAIN,
    "omapi-shares-its-key": f"""
{KEY % "omapi_key"}
omapi-key omapi_key; omapi-port 7912;
zone a.example. {{ primary 127.0.0.1; key omapi_key; }}
"""
    + PLAIN,
    "omapi-without-a-key": "omapi-port 7911; " + PLAIN,
    "keys-in-a-file": Text(
        f'include "{FOLDER}ddns.key"; zone a.example. {{ primary 127.0.0.1; key ddns; }}' + PLAIN,
        {f"{FOLDER}ddns.key": KEY % "ddns"},
    ),
    "keys-in-a-file-behind-networks": Text(
        PLAIN + f'include "{FOLDER}ddns.key"; zone a.example. {{ primary 127.0.0.1; key ddns; }}',
        {f"{FOLDER}ddns.key": KEY % "ddns"},
    ),
    "all-keys-in-one-file": Text(
        f'include "{FOLDER}all.key"; zone a.example. {{ primary 127.0.0.1; key ddns; }}' + PLAIN,
        {f"{FOLDER}all.key": (KEY % "ddns") + (KEY % "om") + "omapi-port 7911; omapi-key om;"},
    ),
}

# --- whole set-ups -------------------------------------------------------------------------------------------------

SETUPS = {
    "includes-inside-includes": Text(
        f'include "{FOLDER}top.conf"; subnet 192.0.2.0 netmask 255.255.255.0 {{ include "{FOLDER}pool.conf"; }}',
        {
            f"{FOLDER}top.conf": f'option domain-name "top.example"; include "{FOLDER}classes.conf"; {HALF}',
            f"{FOLDER}classes.conf": 'class "c" { match if exists user-class; }',
            f"{FOLDER}pool.conf": 'option routers 192.0.2.1; pool { failover peer "fo"; allow members of "c"; '
            f'range 192.0.2.10 192.0.2.20; include "{FOLDER}inner.conf"; }}',
            f"{FOLDER}inner.conf": 'option domain-name "pool.example";',
        },
    ),
    "one-file-included-twice": Text(
        "subnet 192.0.2.0 netmask 255.255.255.0 { %s } subnet 198.51.100.0 netmask 255.255.255.0 { %s }"
        % ((f'include "{FOLDER}common.conf";',) * 2),
        {f"{FOLDER}common.conf": 'option domain-name "x.example"; if known { default-lease-time 60; }'},
    ),
    "include-inside-a-group": Text(
        f'group {{ include "{FOLDER}hosts.conf"; }} {PLAIN}',
        {f"{FOLDER}hosts.conf": 'filename "a"; host a { hardware ethernet 02:00:00:00:00:01; }'},
    ),
    "firewall-appliance": """
option domain-name "lan.example";
option ldap-server code 95 = text;
option arch code 93 = unsigned integer 16; # RFC4578
option pac-webui code 252 = text;
default-lease-time 7200;
max-lease-time 86400;
log-facility local7;
one-lease-per-client true;
deny duplicates;
update-conflict-detection false;
authoritative;
class "s_opt1" { match pick-first-value (option dhcp-client-identifier, hardware); }
subclass "s_opt1" 1:02:00:00:00:00:01;
failover peer "dhcp_lan" {
  primary; address 192.0.2.2; port 519; peer address 192.0.2.3; peer port 520;
  max-response-delay 10; max-unacked-updates 10; split 128; mclt 600; load balance max seconds 3;
}
subnet 192.0.2.0 netmask 255.255.255.0 {
  pool {
    option domain-name-servers 192.0.2.1;
    deny dynamic bootp clients;
    failover peer "dhcp_lan";
    range 192.0.2.100 192.0.2.199;
  }
  option routers 192.0.2.1;
  option domain-name-servers 192.0.2.1, 192.0.2.3;
  option ntp-servers 192.0.2.1;
  next-server 192.0.2.9;
  if option arch = 00:06 { filename "bootia32.efi"; }
  else if option arch = 00:07 { filename "bootx64.efi"; }
  else { filename "pxelinux.0"; }
  option root-path "iscsi:192.0.2.9::::iqn.example";
}
host s_lan_0 {
  hardware ethernet 02:00:00:00:00:11;
  fixed-address 192.0.2.11;
  option host-name "nas";
  set hostname-override = config-option host-name;
}
host s_lan_1 { hardware ethernet 02:00:00:00:00:12; option dhcp-client-identifier "tv"; }
""",
    "provisioning-server": """
ddns-update-style interim;
allow booting;
allow bootp;
ignore client-updates;
set vendorclass = option vendor-class-identifier;
option pxe-system-type code 93 = unsigned integer 16;
subnet 192.0.2.0 netmask 255.255.255.0 {
  option routers 192.0.2.1;
  option subnet-mask 255.255.255.0;
  range dynamic-bootp 192.0.2.100 192.0.2.254;
  default-lease-time 21600;
  max-lease-time 43200;
  next-server 192.0.2.9;
  class "pxeclients" {
    match if substring (option vendor-class-identifier, 0, 9) = "PXEClient";
    if option pxe-system-type = 00:02 { filename "ia64/elilo.efi"; }
    else if option pxe-system-type = 00:06 { filename "grub/grub-x86.efi"; }
    else if option pxe-system-type = 00:07 { filename "grub/grub-x86_64.efi"; }
    else { filename "pxelinux.0"; }
  }
}
group {
  next-server 192.0.2.9;
  host node1 {
    hardware ethernet 02:00:00:00:00:21;
    fixed-address 192.0.2.21;
    option host-name "node1.example";
    option subnet-mask 255.255.255.0;
    if exists user-class and option user-class = "gPXE" { filename "/cblr/svc/op/gpxe/system/node1"; }
    else { filename "/pxelinux.0"; }
  }
}
""",
    "provisioning-with-foreman": """
omapi-port 7911;
default-lease-time 43200;
max-lease-time 86400;
not authoritative;
ddns-update-style none;
option domain-name "lab.example";
option ntp-servers none.example;
allow booting;
allow bootp;
option fqdn.no-client-update on;
option fqdn.rcode2 255;
option pxegrub code 150 = text;
next-server 192.0.2.9;
option architecture code 93 = unsigned integer 16;
if exists user-class and option user-class = "iPXE" { filename "http://192.0.2.9/unattended/iPXE"; }
elsif option architecture = 00:06 { filename "grub2/shimia32.efi"; }
elsif option architecture = 00:07 { filename "grub2/shim.efi"; }
else { filename "pxelinux.0"; }
log-facility local7;
subnet 192.0.2.0 netmask 255.255.255.0 {
  pool { range 192.0.2.50 192.0.2.99; }
  option subnet-mask 255.255.255.0;
  option routers 192.0.2.1;
}
host m1.lab.example {
  dynamic;
  hardware ethernet 02:00:00:00:00:31;
  fixed-address 192.0.2.31;
  supersede server.filename = "pxelinux.0";
  supersede server.next-server = c0:00:02:09;
  supersede host-name = "m1.lab.example";
}
""",
    "ipam-export": HALF
    + "ddns-update-style none;\n"
    + "".join(
        f"""
shared-network "vlan{net}" {{
  subnet 10.0.{net}.0 netmask 255.255.255.0 {{
    option routers 10.0.{net}.1;
    option domain-name "v{net}.example";
    pool {{ failover peer "fo"; deny dynamic bootp clients; range 10.0.{net}.100 10.0.{net}.150; }}
    host h{net}-a {{ hardware ethernet 02:00:00:00:{net:02x}:01; fixed-address 10.0.{net}.10; }}
    host h{net}-b {{ hardware ethernet 02:00:00:00:{net:02x}:02; fixed-address 10.0.{net}.11; option host-name "b"; }}
  }}
}}
"""
        for net in range(1, 5)
    )
    + "subnet 192.0.2.0 netmask 255.255.255.0 { }",
    "course-exercise": """
# Semester exercise, both floors
class "foo" {
  match if substring (option vendor-class-identifier, 0, 4) = "SUNW";
}
authoritative;
ddns-update-style none;
option domain-name "school.example";
option domain-name-servers ns1.school.example, ns2.school.example;
default-lease-time 600;
max-lease-time 7200;
shared-network 224-29 {
  subnet 192.0.2.0 netmask 255.255.255.128 { option routers rtr-224.school.example; }
  subnet 192.0.2.128 netmask 255.255.255.128 { option routers rtr-29.school.example; }
  pool { deny members of "foo"; range 192.0.2.10 192.0.2.100; }
  pool { allow members of "foo"; range 192.0.2.140 192.0.2.200; }
}
""",
    "voice-and-data": HALF
    + """
option voip-tftp code 150 = array of ip-address;
class "phones" {
  match if substring (option vendor-class-identifier, 0, 5) = "Phone" or substring (hardware, 1, 3) = 02:00:5e;
  option voip-tftp 192.0.2.9, 192.0.2.8;
  default-lease-time 86400;
}
shared-network floor {
  subnet 192.0.2.0 netmask 255.255.255.0 {
    option routers 192.0.2.1;
    pool { failover peer "fo"; allow members of "phones"; range 192.0.2.10 192.0.2.99; }
  }
  subnet 198.51.100.0 netmask 255.255.255.0 {
    option routers 198.51.100.1;
    pool { failover peer "fo"; deny members of "phones"; range 198.51.100.10 198.51.100.99; }
  }
}
""",
    "access-points": """
option space UBNT;
option UBNT.unifi-address code 1 = ip-address;
class "ubnt" {
  match if substring (option vendor-class-identifier, 0, 4) = "ubnt";
  option vendor-class-identifier "ubnt";
  vendor-option-space UBNT;
}
subnet 192.0.2.0 netmask 255.255.255.0 {
  option UBNT.unifi-address 192.0.2.9;
  range 192.0.2.100 192.0.2.200;
}
""",
    "guest-and-known": HALF
    + """
subnet 192.0.2.0 netmask 255.255.255.0 {
  option routers 192.0.2.1;
  pool { failover peer "fo"; deny dynamic bootp clients; deny unknown-clients; range 192.0.2.10 192.0.2.50;
         option domain-name-servers 192.0.2.53; max-lease-time 28800; }
  pool { failover peer "fo"; deny dynamic bootp clients; allow unknown-clients; range 192.0.2.60 192.0.2.90;
         option domain-name-servers 203.0.113.53; max-lease-time 300; }
}
host friend { hardware ethernet 02:00:00:00:00:01; }
deny unknown-clients;
""",
    "comments-everywhere": HALF.replace("primary;", "primary; # the first\n")
    + """
# leading; { } "
option # between
  domain-name # the name
  "x.example" # the value
; # after
subnet 192.0.2.0 # a comment
  netmask 255.255.255.0 { # inside
  POOL # }
}
""".replace("POOL", POOL),
    "everything-on-one-line": " ".join((HALF + SUBNET).split()),
    "windows-line-ends": (HALF + SUBNET + '\nif known {\n  option domain-name "x.example";\n}\n').replace("\n", "\r\n"),
    "braces-that-ansible-would-read": 'option domain-name "{{ x }}"; if known { option root-path "{% y %}{# z #}"; }'
    + PLAIN,
}

TEXTS: dict[str, Text] = {
    name: text if isinstance(text, Text) else Text(text)
    for texts in (NETWORKS, CLASSES, RESERVATIONS, DEFINITIONS, CONDITIONS, DNS, SETUPS)
    for name, text in texts.items()
}
