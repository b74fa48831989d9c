# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A substitute for get-pip.py, which ansible-test would download: the interpreter's pip installs the wanted version.

So sanity tests need only a package index. ansible-test imports this file under the name get_pip_VERSION.
"""

from __future__ import annotations

import subprocess
import sys

if __name__ == "__main__":
    wanted = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
    # In a process of its own, because ensurepip disables pip's settings in the process it runs in.
    subprocess.run([sys.executable, "-m", "ensurepip"], check=True)
    sys.exit(subprocess.run([sys.executable, "-m", "pip", "install", *wanted], check=False).returncode)
