# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Atheris on the targets, one after the other; it changes inputs to reach more code.

`fuzz.py --seconds 60 [TARGET ...]` keeps an input that fails in .cache/fuzz/TARGET. `fuzz.py --one TARGET FILE` runs
it again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache/fuzz"
# An input that takes this many seconds, or this much memory (MiB), is a fault, too.
TIMEOUT, MEMORY = 20, 1024
LONGEST = 16_384


def fuzz(name: str, words: list[str]) -> None:
    """Turn this process into libFuzzer; code must be instrumented before it is imported."""
    import atheris

    with atheris.instrument_imports(include=["ansible_collections"]):
        from targets import TARGETS
    target = TARGETS[name]
    folder = CACHE / name
    seeds, dictionary = folder / "seeds", folder / "words"
    seeds.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (seeds / f"seed-{number}").write_bytes(seed)
    escaped = ("".join(f"\\x{octet:02x}" for octet in word) for word in target.words if word)
    dictionary.write_text("".join(f'"{word}"\n' for word in escaped))
    options = [f"-dict={dictionary}", f"-artifact_prefix={folder}/", f"-timeout={TIMEOUT}", f"-rss_limit_mb={MEMORY}"]
    atheris.Setup([sys.argv[0], *options, *words], target.run)
    atheris.Fuzz()


def main() -> int:
    from targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--one", action="store_true", help="run one target on the file of an input that failed")
    parser.add_argument("words", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    chosen = parser.parse_args()
    if chosen.one:
        name, file = chosen.words
        TARGETS[name].run(Path(file).read_bytes())
        return 0
    failed = []
    for name in chosen.words or TARGETS:
        found = CACHE / name / "found"
        found.mkdir(parents=True, exist_ok=True)
        print(f"{name}: {chosen.seconds} s", flush=True)
        words = [f"-max_total_time={chosen.seconds}", f"-max_len={LONGEST}", str(found), str(CACHE / name / "seeds")]
        done = subprocess.run([sys.executable, __file__, "--worker", name, *words], check=False)
        failed += [name] if done.returncode else []
    print(f"failed: {', '.join(failed)}; the inputs are in {CACHE}" if failed else "nothing found")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        fuzz(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(main())
