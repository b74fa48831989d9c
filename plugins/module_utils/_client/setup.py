# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The files that make a host a DHCP client on one interface, and the reasons not to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HEADER = """\
# Written by Ansible, role netlab.dhcp_failover.dhcp_client.
# Change the variables, not this file: the next run replaces it.
"""
NETWORKMANAGER = "/etc/NetworkManager/conf.d"


@dataclass(frozen=True)
class Platform:
    """What differs between families of distributions."""

    sign: str
    """A file that only this family has."""
    manager: str
    """Ansible's module for its packages."""
    packages: dict[str, str]
    """The package of each program."""
    lease_folder: str
    hook: str
    """dhclient's hook; INTERFACE stands for the interface."""


PLATFORMS = (
    # Debian 12 and 13, tested.
    Platform(
        "/etc/debian_version",
        "apt",
        # Not dhcpcd, which would start a daemon on every interface.
        {"dhclient": "isc-dhcp-client", "dhcpcd": "dhcpcd-base"},
        "/var/lib/dhcp",
        # Hooks are read in the order of their names; the last one has the last word.
        "/etc/dhcp/dhclient-enter-hooks.d/zz-dhcp-client-INTERFACE",
    ),
    # Fedora and Enterprise Linux up to 9. UNTESTED: names taken from the distributions' packages.
    Platform(
        "/etc/redhat-release",
        "dnf",
        {"dhclient": "dhcp-client", "dhcpcd": "dhcpcd"},
        "/var/lib/dhclient",
        "/etc/dhcp/dhclient-enter-hooks",
    ),
)


@dataclass(frozen=True)
class File:
    path: str
    text: str
    mode: int = 0o644


@dataclass(frozen=True)
class Client:
    """A DHCP client as the role declares it."""

    interface: str
    program: str
    default_route: bool = False
    name_servers: bool = False

    @property
    def service(self) -> str:
        return f"dhcp-client-{self.interface}"

    @property
    def binary(self) -> str:
        return f"/usr/sbin/{self.program}"

    def refusals(self, needed_for: Sequence[str], other_default_routes: Sequence[str]) -> Iterator[str]:
        """Why no client may start here: a lease never costs the host the network that it has already."""
        if needed_for:
            yield (
                f"interface {self.interface} carries {' and '.join(needed_for)}. A DHCP client would reconfigure it. "
                "Set dhcp_client_interface to an interface that nothing else configures."
            )
        if self.default_route and other_default_routes:
            yield (
                f"dhcp_client_default_route is true, but this host has its default route on "
                f"{' and '.join(other_default_routes)}, and a lease on {self.interface} could replace it. Set "
                "dhcp_client_default_route to false, or remove that route first."
            )

    def files(self, platform: Platform, networkmanager: bool) -> list[File]:
        """All files of the client; its unit is the last one."""
        made = [self._hook(platform)] if self.program == "dhclient" else [self._dhcpcd()]
        if networkmanager:
            text = f"{HEADER}[keyfile]\nunmanaged-devices+=interface-name:{self.interface}\n"
            made.append(File(f"{NETWORKMANAGER}/90-{self.service}.conf", text))
        return [*made, self._unit(platform)]

    def _hook(self, platform: Platform) -> File:
        kept = [] if self.default_route else ["new_routers new_static_routes new_rfc3442_classless_static_routes"]
        kept += [] if self.name_servers else ["new_domain_name new_domain_search new_domain_name_servers"]
        unset = "".join(f"    unset {names}\n" for names in kept)
        text = f"""\
{HEADER}# dhclient-script reads this before it changes anything. What is unset here stays as it is on this machine.
if [ "$interface" = "{self.interface}" ]; then
{unset}    :
fi
"""
        return File(platform.hook.replace("INTERFACE", self.interface), text, 0o755)

    @property
    def _dhcpcd_conf(self) -> str:
        return f"/etc/dhcpcd-{self.interface}.conf"

    def _dhcpcd(self) -> File:
        kept = ("" if self.default_route else "nogateway\n") + ("" if self.name_servers else "nohook resolv.conf\n")
        text = f"""\
{HEADER}allowinterfaces {self.interface}
ipv4only
noipv4ll
duid
option routers, classless_static_routes, domain_name_servers, domain_name, domain_search, host_name, interface_mtu
require dhcp_server_identifier
{kept}# Never give up: a server may come later.
timeout 0
"""
        return File(self._dhcpcd_conf, text)

    def _unit(self, platform: Platform) -> File:
        if self.program == "dhclient":
            start = f"""\
# In the foreground, and quiet: without -q every line would reach the journal twice.
ExecStart={self.binary} -4 -d -q \\
  -lf {platform.lease_folder}/dhclient.{self.interface}.leases \\
  -pf /run/dhclient.{self.interface}.pid \\
  {self.interface}"""
        else:
            start = f"ExecStart={self.binary} -4 -B -q -f {self._dhcpcd_conf} {self.interface}"
        text = f"""\
{HEADER}[Unit]
Description=DHCP client on {self.interface} ({self.program})
Documentation=man:{self.program}(8)
Wants=network.target
Before=network.target
After=systemd-udevd.service systemd-sysctl.service

[Service]
{start}
# dhclient leaves its address on the interface when it ends. Remove it, or it would stay after the lease has expired.
ExecStopPost=-/sbin/ip -4 address flush dev {self.interface} label {self.interface}
# A server, or the interface, may come later than this machine: never give up.
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
"""
        return File(f"/etc/systemd/system/{self.service}.service", text)
