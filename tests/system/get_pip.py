# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A substitute for get-pip.py, which ansible-test would download: the interpreter's pip installs the wanted version.

So sanity tests need only a package index. ansible-test imports this file under the name get_pip_VERSION.
"""

from __future__ import annotations

import ensurepip
import subprocess
import sys
import sysconfig
from pathlib import Path

if __name__ == "__main__":
    wanted = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
    # pip runs from the wheel that Python brings along, without being installed first: ansible-test makes a dozen
    # virtual environments, and an installation of pip is most of the work for each.
    folders = (Path(ensurepip.__file__).parent / "_bundled", sysconfig.get_config_var("WHEEL_PKG_DIR"))
    wheels = [wheel for folder in filter(None, folders) for wheel in Path(folder).glob("pip-*.whl")]
    pip = [str(wheels[0] / "pip")] if wheels else ["-m", "pip"]
    if not wheels:
        subprocess.run([sys.executable, "-m", "ensurepip"], check=True)
    sys.exit(subprocess.run([sys.executable, *pip, "install", *wanted], check=False).returncode)
