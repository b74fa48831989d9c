# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What breaks a server on purpose, and what heals it: a table of injectors, each two pieces of shell.

Shell, because healing must work without Python, Ansible or a controller: the script is on the machine, where a timer or
a tired administrator runs it. Pure: `scripts` makes the texts, `injection` runs them.

An injection runs with `set -eu`; when a step fails, it is healed at once. Healing may begin at any time, from any point
of the injection, and twice: each step first checks whether there is something to undo.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

# One folder for each injector in force. Like everything that they change in memory, it does not survive a reboot.
FOLDER = "/run/netlab-drill"
UNIT_PREFIX = "netlab-drill-"


@dataclass(frozen=True)
class Injector:
    """What breaks. `needs` are programs that the host must have, `libraries` patterns of files of which it must have
    one; `places` are values that the caller must give (see `scripts`)."""

    words: str
    inject: str
    heal: str
    needs: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    places: tuple[str, ...] = ("unit",)


# Known to all steps. DROP_IN does not survive a reboot; a unit that systemd has given up on can be started again.
_COMMON = """\
DROP_IN="/run/systemd/system/$UNIT.service.d/netlab-drill-$INJECTOR.conf"
drop_in() {
    mkdir -p "${DROP_IN%/*}"
    printf '[Service]\\n%s\\n' "$1" > "$DROP_IN"
    systemctl daemon-reload
}
no_drop_in() {
    if [ -e "$DROP_IN" ]; then
        systemctl stop "$UNIT"
        rm -f "$DROP_IN"
        rmdir "${DROP_IN%/*}" 2>/dev/null || true
        systemctl daemon-reload
    fi
}
main_pid() { systemctl show --property=MainPID --value "$UNIT"; }
start() {
    systemctl reset-failed "$UNIT" 2>/dev/null || true
    systemctl start "$UNIT"
}
edit_config() {
    cp -p "$CONFIG" "$CONFIG.drill"
    "$1" "$CONFIG.drill" > "$CONFIG"
    if cmp -s "$CONFIG.drill" "$CONFIG"; then
        echo "there is nothing to change in $CONFIG" >&2
        exit 1
    fi
    systemctl restart "$UNIT"
}
"""

# What differs between daemons: the first line of a lease in the database, and how much of the last lease is left when
# it is cut; files beside the database; and two changes of the configuration.
_DAEMONS: Mapping[str, str] = {
    "dhcpd": """\
LEASE='^lease '
CUT=60
BESIDE='~'
longer_range() {
    awk '!done && $1 == "range" && NF == 3 {
            split($3, part, "[.;]"); done = 1
            sub($3, part[1] "." part[2] "." part[3] "." (part[4] + 1) ";")
        }
        { print }' "$1"
}
other_lease_time() {
    cat "$1"
    printf '\\ndefault-lease-time 3600;\\n'
}
""",
    "kea": """\
LEASE='^[0-9]'
CUT=20
BESIDE='.1 .2 .completed .output'
longer_range() {
    awk '!done && match($0, /"pool": *"[^"]*-[^"]*"/) {
            text = substr($0, RSTART, RLENGTH - 1); count = split(text, part, "."); done = 1
            head = substr($0, 1, RSTART - 1) substr(text, 1, length(text) - length(part[count]))
            $0 = head (part[count] + 1) substr($0, RSTART + RLENGTH - 1)
        }
        { print }' "$1"
}
other_lease_time() {
    sed -E 's/"((min|max)-)?valid-lifetime": *[0-9]+/"\\1valid-lifetime": 3600/g' "$1"
}
""",
}

_PUT_CONFIG_BACK = """\
if [ -e "$CONFIG.drill" ]; then
    systemctl stop "$UNIT"
    mv -f "$CONFIG.drill" "$CONFIG"
fi
start
"""

INJECTORS: Mapping[str, Injector] = {
    "stop": Injector(
        "the daemon is stopped",
        'systemctl stop "$UNIT"',
        "start",
    ),
    "kill": Injector(
        "the daemon is killed with signal 9 and stays dead, as after a power failure",
        """\
drop_in Restart=no
kill -KILL "$(main_pid)"
""",
        """\
no_drop_in
start
""",
    ),
    "crash": Injector(
        "the daemon is killed with signal 9; systemd may start it again",
        'kill -KILL "$(main_pid)"',
        "start",
    ),
    "pause": Injector(
        "the daemon is paused with SIGSTOP: its sockets stay open, but it does not answer",
        'kill -STOP "$(main_pid)"',
        """\
pid=$(main_pid)
[ "$pid" = 0 ] || kill -CONT "$pid"
start
""",
    ),
    # A daemon receives from clients below the kernel's input filters, but what it sends passes the output filters.
    "mute": Injector(
        "its answers to clients are lost, although it hears them and its partner",
        """\
nft -f - <<END
table netdev netlab_drill {
    chain egress {
        type filter hook egress device "$INTERFACE" priority filter;
        udp sport 67 drop
    }
}
END
""",
        'nft "add table netdev netlab_drill; delete table netdev netlab_drill"',
        needs=("nft",),
        places=("interface",),
    ),
    "failover-cut": Injector(
        "the connection to its partner is cut in both directions; clients still reach the server",
        """\
nft -f - <<END
table inet netlab_drill {
    chain input {
        type filter hook input priority -300;
        ip saddr $PEER_ADDRESS tcp sport { $PORTS } drop
        ip saddr $PEER_ADDRESS tcp dport { $PORTS } drop
    }
    chain output {
        type filter hook output priority -300;
        ip daddr $PEER_ADDRESS tcp sport { $PORTS } drop
        ip daddr $PEER_ADDRESS tcp dport { $PORTS } drop
    }
}
END
""",
        'nft "add table inet netlab_drill; delete table inet netlab_drill"',
        needs=("nft",),
        places=("peer_address", "ports"),
    ),
    # Not the link itself: an interface that is set down may lose its address, the kernel tells the daemon, and the
    # controller may use it. A cable that is cut behind the next switch just means silence.
    "network-cut": Injector(
        "its service interface passes neither its answers to clients nor anything to and from its partner",
        """\
nft -f - <<END
table netdev netlab_drill_cut {
    chain ingress {
        type filter hook ingress device "$INTERFACE" priority filter;
        ip saddr $PEER_ADDRESS drop
    }
    chain egress {
        type filter hook egress device "$INTERFACE" priority filter;
        ip daddr $PEER_ADDRESS drop
        udp sport 67 drop
    }
}
END
""",
        'nft "add table netdev netlab_drill_cut; delete table netdev netlab_drill_cut"',
        needs=("nft",),
        places=("interface", "peer_address"),
    ),
    "database-lost": Injector(
        "its lease database is gone, and the daemon starts with an empty one",
        """\
systemctl stop "$UNIT"
mv "$LEASES" "$LEASES.drill"
for end in $BESIDE; do
    rm -f "$LEASES$end"
done
: > "$LEASES"
chown --reference="$LEASES.drill" "$LEASES"
chmod --reference="$LEASES.drill" "$LEASES"
start
""",
        # The old database is not restored: the partner knows more by now.
        """\
start
rm -f "$LEASES.drill"
""",
        places=("unit", "leases"),
    ),
    "database-truncated": Injector(
        "its lease database ends in the middle of an entry, as after a power failure",
        """\
systemctl stop "$UNIT"
cp -p "$LEASES" "$LEASES.drill"
last=$(grep -b "$LEASE" "$LEASES" | tail -n 1 | cut -d : -f 1)
truncate --size=$((last + CUT)) "$LEASES"
start
""",
        """\
start
rm -f "$LEASES.drill"
""",
        places=("unit", "leases"),
    ),
    # A small file system takes the place of the database's folder. A daemon may write a new database when it starts,
    # so the disk is filled when that is done.
    "disk-full": Injector(
        "the disk that holds its lease database is full",
        """\
systemctl stop "$UNIT"
place=${LEASES%/*}
size=$(($(du --apparent-size --block-size=1K --summarize "$place" | cut -f 1) * 2 + 256))
mkdir -p "$HERE/disk"
mount -t tmpfs -o "size=${size}k" netlab-drill "$HERE/disk"
cp -a "$place/." "$HERE/disk/"
mount --bind "$HERE/disk" "$place"
start
tries=0
until ss -H -lun 'sport = :67' | grep -q . || [ "$tries" -ge 300 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
dd if=/dev/zero of="$place/netlab-drill-fill" bs=1k 2>/dev/null || true
""",
        # Make room first, so that dhcpd writes what it still holds in memory (it tries every two seconds while its
        # partner waits for an answer; Kea holds nothing). What was written in the meantime is kept.
        """\
place=${LEASES%/*}
if mountpoint -q "$HERE/disk"; then
    if [ "$(stat -c %d "$place")" = "$(stat -c %d "$HERE/disk")" ]; then
        size=$(stat -c %s "$LEASES")
        rm -f "$place/netlab-drill-fill"
        tries=0
        while [ "$(stat -c %s "$LEASES")" = "$size" ] && [ "$tries" -lt 50 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
        systemctl stop "$UNIT"
        cp -p "$LEASES" "$HERE/leases.part"
        mv -f "$HERE/leases.part" "$HERE/leases"
        umount "$place"
    fi
    umount "$HERE/disk"
fi
if [ -e "$HERE/leases" ]; then
    cp -p "$HERE/leases" "$LEASES.new"
    mv -f "$LEASES.new" "$LEASES"
    rm -f "$HERE/leases"
fi
start
""",
        needs=("mount", "mountpoint", "ss"),
        places=("unit", "leases"),
    ),
    # A daemon compares clocks when it meets its partner, so it has to meet it again.
    "clock-ahead": Injector(
        "its clock is 90 s ahead, for the daemon alone",
        """\
library=$(ls /usr/lib/*/faketime/libfaketime.so.1 /usr/lib64/faketime/libfaketime.so.1 2>/dev/null | head -n 1)
drop_in "Environment=LD_PRELOAD=$library FAKETIME=+90s FAKETIME_DONT_FAKE_MONOTONIC=1"
systemctl restart "$UNIT"
""",
        """\
no_drop_in
start
""",
        libraries=("usr/lib/*/faketime/libfaketime.so.1", "usr/lib64/faketime/libfaketime.so.1"),
    ),
    "edited": Injector(
        "somebody has made a range longer by one address, on this server only, and restarted it",
        "edit_config longer_range",
        _PUT_CONFIG_BACK,
        needs=("awk",),
        places=("unit", "config"),
    ),
    "half-deployed": Injector(
        "a deployment was interrupted: this server has the new lease time, its partner has the old one",
        "edit_config other_lease_time",
        _PUT_CONFIG_BACK,
        places=("unit", "config"),
    ),
    "restart-storm": Injector(
        "the daemon is restarted six times within seconds",
        """\
for again in 1 2 3 4 5 6; do
    systemctl reset-failed "$UNIT" 2>/dev/null || true
    systemctl restart "$UNIT"
    sleep 0.5
done
""",
        "start",
    ),
}


def scripts(name: str, values: Mapping[str, str]) -> tuple[str, str]:
    """The two scripts of an injector, as they are on the machine: the one that breaks, and the one that heals.

    `values` are `daemon`, and those of `unit`, `config`, `leases`, `interface`, `peer_address` and `ports` (separated
    by commas) that are among the injector's `places`.
    """
    injector = INJECTORS[name]
    missing = [place for place in injector.places if not values.get(place)]
    if missing:
        raise ValueError(f"the injector {name} needs {' and '.join(missing)}")
    known = {"INJECTOR": name, "HERE": f"{FOLDER}/{name}", "UNIT": "", **{k.upper(): v for k, v in values.items()}}
    head = "".join(f"{key}={shlex.quote(value)}\n" for key, value in known.items())
    head += _COMMON + _DAEMONS[values["daemon"]]
    # An administrator and the timer may run it at the same time.
    lock = f"mkdir -p {FOLDER}\nexec 9>>{FOLDER}/lock\nflock --wait 60 9\n"
    inject = f"#!/bin/sh\n# The drill: {injector.words}.\nset -eu\n{head}{lock}\n{injector.inject.strip()}\n"
    heal = (
        f"#!/bin/sh\n# The drill did this: {injector.words}.\n"
        "# This script heals it. It may be run at any time, and twice.\n"
        f'set -eu\n{head}{lock}[ -d "$HERE" ] || exit 0\n\n{injector.heal.strip()}\n\n'
        f'rm -rf "$HERE"\nsystemctl stop {UNIT_PREFIX}{name}.timer 2>/dev/null || true\n'
    )
    return inject, heal
