#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kvm_install_watch
short_description: Serve an unattended installation, and tell how it ends
description:
  - Serves a folder by HTTP and receives the installer's syslog by UDP while a virtual machine installs itself.
  - Ends when the machine is off, or earlier when the log says that the installation failed, or when nothing has been
    logged for so long that it hangs.
  - Writes every line with the seconds since the start into a log, for others to follow.
  - It is to be run with C(async), before the machine is started.
  - community.libvirt and virt-install start an installation and do not know how it went.
author:
  - netlab.dhcp_failover contributors (@netlab)
version_added: 0.1.0
requirements:
  - libvirt's Python bindings (python3-libvirt)
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
attributes:
  check_mode:
    support: none
  diff_mode:
    support: none
    details: It changes nothing.
  idempotent:
    support: none
    details: Each run waits for one installation.
options:
  uri:
    description: Where libvirt is.
    type: str
    default: qemu:///system
  domain:
    description: Name of the virtual machine.
    type: str
    required: true
  address:
    description: Address of this host that the machine reaches it at.
    type: str
    required: true
  folder:
    description: Folder to serve by HTTP.
    type: path
    required: true
  http_port:
    description: TCP port of the HTTP server.
    type: int
    default: 8079
  log_port:
    description: UDP port of the syslog receiver.
    type: int
    default: 5514
  log:
    description: File to write the log to.
    type: path
    required: true
  succeeded:
    description: What a line of the log says when the installation is done, a regular expression.
    type: str
    required: true
  failed:
    description: What a line of the log says when the installation has failed, a regular expression. Empty for none.
    type: str
    default: ""
  timeout:
    description: Seconds that the installation may take.
    type: int
    default: 7200
  quiet:
    description: Seconds without a line in the log after which the installation hangs.
    type: int
    default: 1200
seealso:
  - module: community.libvirt.virt_install
"""

EXAMPLES = r"""
- name: Serve the installation, and watch it
  netlab.dhcp_failover.kvm_install_watch:
    domain: demo-template
    address: 10.213.19.1
    folder: /srv/installation
    log: /var/log/installation.log
    succeeded: installation finished
  async: 7200
  poll: 0
"""

RETURN = r"""
seconds:
  description: How long it took.
  returned: always
  type: int
  sample: 412
lines:
  description: The last lines of the log.
  returned: always
  type: list
  elements: str
"""

import contextlib
import functools
import http.server
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

try:
    import libvirt
except ImportError:
    libvirt = None

APPEARS = 300  # seconds that virt-install may take; it is slow where libvirt's daemons are


class Log:
    """Lines with the seconds since the start, in memory and in a file."""

    def __init__(self, path: Path) -> None:
        self.start = time.monotonic()
        self.last = self.start
        self.lines: list[str] = []
        self._lock = threading.Lock()
        self._file = path.open("w", encoding="utf-8")

    def add(self, text: str) -> None:
        with self._lock:
            self.last = time.monotonic()
            line = f"{self.last - self.start:6.0f} s  {text}"
            self.lines.append(line)
            self._file.write(line + "\n")
            self._file.flush()

    def find(self, pattern: str) -> str | None:
        with self._lock:
            return next((line for line in self.lines if pattern and re.search(pattern, line)), None)


def serve_files(folder: Path, address: str, port: int, log: Log) -> None:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server calls it by
            log.add(f"http: {format % args}")

    server = http.server.ThreadingHTTPServer((address, port), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()


def receive_log(address: str, port: int, log: Log) -> None:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind((address, port))

    def receive() -> None:
        while True:
            for line in receiver.recv(8192).decode("utf-8", "replace").splitlines():
                text = re.sub(r"^<\d+>|[^\x20-\x7e]", "", line).strip()
                if text:
                    log.add(text)

    threading.Thread(target=receive, daemon=True).start()


def state(connection: Any, name: str) -> str:
    """absent, on or off."""
    try:
        return "on" if connection.lookupByName(name).isActive() else "off"
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return "absent"
        raise


def verdict(params: dict[str, Any], log: Log, ask: Callable[[], str]) -> str | None:
    """Wait for the end. What went wrong, or None."""
    seen = False
    while True:
        now, there = time.monotonic(), ask()
        seen = seen or there != "absent"
        failed = log.find(params["failed"])
        if failed:
            return f"the installer says: {failed}"
        if not Path(params["folder"]).exists():
            return "it was called off"
        if seen and there != "on":
            time.sleep(1)  # a last line may still be on its way
            if log.find(params["succeeded"]):
                return None
            return f'the machine went off, and no line of the log says "{params["succeeded"]}"'
        if not seen and now - log.start > APPEARS:
            return f"the machine did not appear within {APPEARS} s"
        if now - log.start > params["timeout"]:
            return f"it has not finished after {params['timeout']} s"
        if seen and now - log.last > params["quiet"]:
            return f"it hangs: nothing was logged for {params['quiet']} s"
        time.sleep(1)


def main() -> None:
    number = {"type": "int"}
    needed = {"type": "str", "required": True}
    module = AnsibleModule(
        argument_spec={
            "uri": {"type": "str", "default": "qemu:///system"},
            "domain": needed,
            "address": needed,
            "folder": {"type": "path", "required": True},
            "http_port": {**number, "default": 8079},
            "log_port": {**number, "default": 5514},
            "log": {"type": "path", "required": True},
            "succeeded": needed,
            "failed": {"type": "str", "default": ""},
            "timeout": {**number, "default": 7200},
            "quiet": {**number, "default": 1200},
        },
        supports_check_mode=False,
    )
    params = module.params
    if libvirt is None:
        module.fail_json(msg=missing_required_lib("libvirt (Debian, Fedora: the package python3-libvirt)"))
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    log = Log(Path(params["log"]))
    try:
        serve_files(Path(params["folder"]), params["address"], params["http_port"], log)
        receive_log(params["address"], params["log_port"], log)
        connection = libvirt.open(params["uri"])
    except (OSError, libvirt.libvirtError) as error:
        module.fail_json(msg=f"The installation cannot be served at {params['address']}: {error}")
    log.add("serving")
    try:
        wrong = verdict(params, log, lambda: state(connection, params["domain"]))
    finally:
        with contextlib.suppress(libvirt.libvirtError):
            connection.close()
    result = {"changed": False, "seconds": int(time.monotonic() - log.start), "lines": log.lines[-20:]}
    if wrong:
        module.fail_json(msg=f"The installation failed after {result['seconds']} s: {wrong}", **result)
    log.add("finished")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
