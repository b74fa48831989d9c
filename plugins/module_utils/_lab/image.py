# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk image that boots, made from a folder with a Debian tree. It needs no mount, loop device or virtual machine.

Private to this collection.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import PACKAGES, HostError, run

PACKAGES.update({"mke2fs": "e2fsprogs", "grub-mkimage": "grub-common", "qemu-img": "qemu-utils"})

SECTOR = 512
FIRST = 2048
"""The partition's first sector; the boot loader lives before it."""
MIB = 1024 * 1024
GRUB = Path("/usr/lib/grub/i386-pc")
GRUB_MODULES = ("biosdisk", "part_msdos", "ext2", "linux", "normal", "serial", "terminal", "configfile")
# Features that every boot loader of the last ten years reads, whatever this host's mke2fs.conf turns on.
EXT4 = (
    "has_journal,ext_attr,resize_inode,dir_index,filetype,extent,flex_bg,sparse_super,large_file,huge_file,dir_nlink,"
    "extra_isize,metadata_csum,64bit"
)


def boot_record(boot: bytes, sectors: int) -> bytes:
    """The first sector: GRUB's boot.img, and one active Linux partition that takes the rest of the disk."""
    if len(boot) < 440 or sectors <= FIRST:
        raise ValueError("there is no room for a boot record")
    entry = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", FIRST, sectors - FIRST)
    return boot[:440] + bytes(6) + entry + bytes(48) + b"\x55\xaa"


def make_image(tree: Path, image: Path, mib: int) -> None:
    """Write the tree into a qcow2 image of this size with GRUB in front. An existing file is replaced."""
    raw, core = image.with_suffix(".raw"), image.with_suffix(".core")
    if not GRUB.is_dir():
        raise HostError(f"This host has no {GRUB}. Install it, on Debian: apt-get install grub-pc-bin")
    try:
        with raw.open("wb") as disk:
            disk.truncate(mib * MIB)
        filesystem = ["mke2fs", "-q", "-F", "-t", "ext4", "-L", "root", "-O", EXT4, "-E", f"offset={FIRST * SECTOR}"]
        blocks = str((mib * MIB - FIRST * SECTOR) // 4096)
        _run([*filesystem, "-b", "4096", "-m", "0", "-d", str(tree), str(raw), blocks], tree, mib)
        run(
            ["grub-mkimage", "-O", "i386-pc", "-p", "(hd0,msdos1)/boot/grub", "-o", str(core), *GRUB_MODULES],
            timeout=60,
        )
        loader = core.read_bytes()
        if len(loader) > (FIRST - 1) * SECTOR:
            raise HostError(f"GRUB takes {len(loader)} bytes and does not fit before the first partition.")
        with raw.open("r+b") as disk:
            disk.write(boot_record((GRUB / "boot.img").read_bytes(), mib * MIB // SECTOR))
            disk.write(loader)
        _run(["qemu-img", "convert", "-O", "qcow2", str(raw), str(image)], tree, mib)
    finally:
        raw.unlink(missing_ok=True)
        core.unlink(missing_ok=True)


def _run(argv: Sequence[str], tree: Path, mib: int) -> None:
    try:
        # An empty configuration: the features are ours, not the host's.
        run(["env", "MKE2FS_CONFIG=/dev/null", *argv], timeout=900)
    except HostError as error:
        # The file system in the image is full; mke2fs has one exit status for every failure.
        if "Could not allocate block" in str(error):
            raise HostError(
                f"The tree {tree} does not fit into an image of {mib} MiB. Make the template larger."
            ) from error
        raise
