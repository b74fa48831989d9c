# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""How ISC's programs cut a file into tokens, byte for byte, oddities included.

A lease database that somebody edited, or that a crash has damaged, is still read: what dhcpd cannot use, it skips, and
where it goes on afterwards depends on how it skips. So this skips alike. As dhcpd on x86 does, it takes a byte of 255
for the end of the file, once. Standard library only, because it runs on the managed host.
"""

from __future__ import annotations

import re
from typing import BinaryIO

# What a token is: one of these, or a reserved word in lower case, or the character that stands for itself.
STRING, NUMBER, HEX, NAME, END = '"', "0", "f", "n", ""
Token = tuple[str, bytes]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The words that are no names. `set next = 1;` is a mistake, and so is a variable that is called vendor.
RESERVED = _words(
    """
    abandoned active add address after algorithm alias all allow also and anycast-mac append array at atsfp
    authenticated authentication authoring-byte-order authoritative auto-partner-down backoff-cutoff backup balance
    big-endian billing binary-to-ascii binding boolean boot-unknown-clients booting bootp bound break case check ciaddr
    class client-hostname client-identifier client-state client-updates clients close cltt code commit
    communications-interrupted compressed concat config-option conflict-done connect create db-time-format debug
    declines default default-duid default-lease-time define defined delete deleted deny disconnect do-forward-update
    do-forward-updates domain domain-list domain-name duplicates dynamic dynamic-bootp dynamic-bootp-lease-cutoff
    dynamic-bootp-lease-length else elsif en encapsulate encode-int ends epoch error ethernet eval execute exists expire
    expired expiry extract-int failover fatal fddi filename fixed-address fixed-address6 fixed-prefix6 formerr free
    function get-lease-hostnames gethostbyname gethostname giaddr group hardware hash hba help hex host host-decl-name
    host-identifier hostname ia-na ia-pd ia-ta iaaddr iaprefix identifier if ignore include infiniband infinite info
    initial-delay initial-interval integer interface ip-address ip6-address is key key-algorithm known known-clients
    lcase lease lease-id-format lease-time lease6 leased-address leasequery length let limit little-endian ll llt load
    local log match max max-balance max-lease-misbalance max-lease-ownership max-lease-time max-life max-response-delay
    max-transmit-idle max-unacked-updates mclt media medium members min-balance min-lease-time min-secs my nameserver
    netmask never new next next-server no noerror normal not notauth notimp notzone null nxdomain nxrrset octal of omapi
    on one-lease-per-client open option or owner packet parse-vendor-option partner partner-down paused peer pick
    pick-first-value pool pool6 port potential-conflict preferred-life prefix6 prepend primary primary6 pseudo range
    range6 rebind reboot recontact-interval recover recover-done recover-wait refresh refused reject release released
    remove renew request require reserved reset resolution-interrupted retry return reverse rewind script search
    secondary secondary6 seconds secret select select-timeout send server server-duid server-identifier server-name
    servfail set shared-network shutdown siaddr signed size space spawn split starts startup state static string
    subclass subnet subnet6 substring suffix supersede switch temporary text timeout timestamp token-ring transmission
    tsfp tstp ucase uid unauthenticated unknown unknown-clients unknown-state unset unsigned update use-host-decl-names
    use-lease-addr-for-default-route user-class v6relay v6relopt vendor vendor-class width with yiaddr yxdomain yxrrset
    zerolen zone
    """
)

# The scanner's buffer: no token is longer, and as much white space in a row ends the program.
_LONGEST = 1500
# Whatever a token is made of, so many bytes hold it: four for each byte of a string.
_AHEAD = 8 * _LONGEST
_BLOCK = 1 << 20

_TOKEN = re.compile(
    rb"([ \t-\r]*)(?:([0-9-][A-Za-z0-9_-]{0,1499})\xff?|([A-Za-z][A-Za-z0-9_-]{0,1499})\xff?|([^ \t-\r]))", re.DOTALL
)
_NUMBER = re.compile(rb"[0-9-][0-9]*")
_HEX = re.compile(rb"[0-9-][0-9A-Fa-f]*|0[xX][0-9A-Fa-f]+|[A-Za-z][0-9A-Fa-f]*")
_PLAIN_STRING = re.compile(rb'([^"\\\xff]{0,1499})"')
_COMMENT = re.compile(rb"[\n\xff]")
# What the end of a statement may depend on.
_SPECIAL = re.compile(rb'[;{}"#\0\xff]')
_WORD = re.compile(rb"[A-Za-z0-9_-]")
_ZEROS = re.compile(rb"\0*")
_ESCAPES = {ord("t"): 9, ord("r"): 13, ord("n"): 10, ord("b"): 8}
_HEX_DIGITS = {ord(digit): int(digit, 16) for digit in "0123456789abcdefABCDEF"}


class Scanner:
    """A file as tokens. `data[at:]` is what has not been taken yet; there is more of it unless the file has ended."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.data = b""
        self.at = 0
        self.ended = False
        self._peeked: Token | None = None
        self._start = 0

    @property
    def exhausted(self) -> bool:
        return self.ended and self.at >= len(self.data)

    def fill(self, size: int = _AHEAD) -> None:
        """Have so many bytes ahead, unless the file ends."""
        if self.ended or len(self.data) - self.at >= size:
            return
        parts = [self.data[self.at :]]
        have = len(parts[0])
        while have < size and not self.ended:
            block = self._stream.read(_BLOCK)
            self.ended = not block
            parts.append(block)
            have += len(block)
        self.data, self.at = b"".join(parts), 0

    def rewind(self) -> None:
        """Forget that the next token was looked at."""
        if self._peeked:
            self.at, self._peeked = self._start, None

    def peek(self) -> Token:
        """The next token, which stays. A zero byte does not: dhcpd takes it for `nothing was looked at`."""
        if not self._peeked:
            token = self._take()
            if token[0] == "\0":
                return token
            self._peeked = token
        return self._peeked

    def next(self) -> Token:
        token = self._peeked or self._take()
        self._peeked = None
        return token

    def skip(self, braces: int = 0) -> bool:
        """Skip to the end of a statement: its semicolon, or the brace that closes its block.
        False: the file ends before."""
        self.rewind()
        while True:
            self.fill()
            found = _SPECIAL.search(self.data, self.at)
            if not found:
                self.at = len(self.data)
                if self.ended:
                    return False
                continue
            start, self.at = self.at, found.end()
            kind = found[0]
            if kind == b"{":
                braces += 1
            elif kind == b"}":
                braces -= 1
                if braces <= 0:
                    return True
            elif kind == b";":
                if not braces:
                    return True
            elif kind == b'"':
                self.fill()
                self._string()
            elif kind == b"#":
                self._comment()
            elif kind == b"\0":
                # It is looked at, and then the next one is taken without a look, which may be a zero again.
                zeros = _ZEROS.match(self.data, self.at)
                self.at += (zeros.end() - self.at) // 2 * 2 if zeros else 0
                if self.next()[0] == END:
                    return False
            elif found.start() == start or not _WORD.match(self.data, found.start() - 1):
                return False

    def _take(self) -> Token:
        while True:
            if not self.ended:
                self.fill()
            self._start = self.at
            found = _TOKEN.match(self.data, self.at)
            if not found:
                return self._end()
            space, number, name, other = found.groups()
            if len(space) >= _LONGEST:
                return self._end()
            self.at = found.end()
            if name is not None:
                word = name[: _LONGEST - 1].lower().decode()
                return (word if word in RESERVED else HEX if _HEX.fullmatch(name) else NAME), name[: _LONGEST - 1]
            if number is not None:
                kind = NUMBER if _NUMBER.fullmatch(number) else HEX if _HEX.fullmatch(number) else NAME
                return kind, number[: _LONGEST - 1]
            if other == b'"':
                return STRING, self._string()
            if other == b"\xff":
                return END, b""
            if other != b"#":
                return other.decode("latin-1"), other
            self._comment()

    def _end(self) -> Token:
        """Nothing more: the file has ended, or the program would end here."""
        self.data, self.at, self.ended = b"", 0, True
        return END, b""

    def _comment(self) -> None:
        while True:
            found = _COMMENT.search(self.data, self.at)
            self.at = found.end() if found else len(self.data)
            if found or self.ended:
                return
            self.fill()

    def _string(self) -> bytes:
        """The text after a quote, up to the next one. Three octal digits and two hexadecimal ones are a byte."""
        plain = _PLAIN_STRING.match(self.data, self.at)
        if plain:
            self.at = plain.end()
            return plain[1]
        text = bytearray()
        digits, base, value = 0, 8, 0
        while len(text) < _LONGEST:
            if self.at >= len(self.data):
                break
            byte = self.data[self.at]
            self.at += 1
            if byte == 0xFF:
                break
            if not digits:
                if byte == ord('"'):
                    break
                if byte == ord("\\"):
                    digits = 1
                else:
                    text.append(byte)
            elif digits == 1:
                if ord("0") <= byte <= ord("3"):
                    digits, base, value = 2, 8, byte - ord("0")
                elif byte == ord("x"):
                    digits, base, value = 2, 16, 0
                else:
                    digits = 0
                    text.append(_ESCAPES.get(byte, byte))
            elif _HEX_DIGITS.get(byte, 16) < base:
                value = value * base + _HEX_DIGITS[byte]
                digits = (digits + 1) % 4
                if not digits:
                    text.append(value & 255)
            elif base == 8 and not value:
                digits = 1  # what follows is read as if it were escaped
            else:
                digits = 0 if base == 16 else digits
                text.append(ord("?"))  # dhcpd leaves here what its buffer held before
        return bytes(text[: _LONGEST - 1])
