# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""OMAPI, the protocol that a running dhcpd answers questions with: messages as bytes, and a client for a socket.

Why this is not a library: docs/adr/0002-omapi-client.md. Standard library only, because it runs on the managed host.

A connection starts with eight bytes from either side (protocol version, header size). A message is six big-endian
numbers (authenticator, length of the signature, operation, handle, transaction, transaction answered), two lists of
names and values, and the signature, which is an HMAC over everything between the first number and itself.
"""

from __future__ import annotations

import hmac
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType

OPEN, REFRESH, UPDATE, NOTIFY, STATUS, DELETE = 1, 2, 3, 4, 5, 6

ROLES: Mapping[int, str] = {0: "primary", 1: "secondary"}

# dhcpd.conf's name of an algorithm -> hashlib's. The wire adds ".SIG-ALG.REG.INT." to the former.
ALGORITHMS: Mapping[str, str] = {
    "hmac-md5": "md5",
    "hmac-sha1": "sha1",
    "hmac-sha224": "sha224",
    "hmac-sha256": "sha256",
    "hmac-sha384": "sha384",
    "hmac-sha512": "sha512",
}

_STARTUP = struct.pack("!II", 100, 24)
_HEADER = struct.Struct("!IIIIII")
# An answer about a relationship has some 500 bytes; whatever claims to be longer than this is not OMAPI.
_MAX_SIZE = 1 << 20

Attributes = Mapping[str, bytes]


class OmapiError(Exception):
    """The connection or the protocol failed; the text says what happened, the caller adds host and port."""


class OmapiRefusedError(OmapiError):
    """Nothing listens there."""


class OmapiTimeoutError(OmapiError):
    """No answer in time."""


class OmapiKeyError(OmapiError):
    """The daemon does not accept the key."""


class OmapiNotFoundError(OmapiError):
    """The daemon has no such object."""


@dataclass(frozen=True)
class Key:
    """What both sides share. The secret stays out of every representation."""

    name: str
    algorithm: str  # as in dhcpd.conf, for instance hmac-sha256
    secret: bytes = field(repr=False)

    @property
    def wire_algorithm(self) -> str:
        return f"{self.algorithm}.SIG-ALG.REG.INT."

    def sign(self, data: bytes) -> bytes:
        return hmac.new(self.secret, data, ALGORITHMS[self.algorithm]).digest()

    @property
    def size(self) -> int:
        """Length of a signature."""
        return len(self.sign(b""))


@dataclass(frozen=True)
class OmapiMessage:
    """One message without its signature. `message` describes the operation, `object` what it is about."""

    operation: int
    handle: int = 0
    transaction: int = 0
    answers: int = 0
    message: Attributes = field(default_factory=dict)
    object: Attributes = field(default_factory=dict)
    authenticator: int = 0


def _encode_attributes(attributes: Attributes) -> bytes:
    parts = []
    for name, value in attributes.items():
        raw = name.encode("ascii")
        parts.append(struct.pack("!H", len(raw)) + raw + struct.pack("!I", len(value)) + value)
    return b"".join(parts) + b"\0\0"


def encode(message: OmapiMessage, key: Key | None = None) -> bytes:
    """The message as bytes, signed if there is a key (`message.authenticator` must then be its handle)."""
    signed = struct.pack(
        "!IIIII", key.size if key else 0, message.operation, message.handle, message.transaction, message.answers
    )
    signed += _encode_attributes(message.message) + _encode_attributes(message.object)
    return struct.pack("!I", message.authenticator) + signed + (key.sign(signed) if key else b"")


def _decode_attributes(data: bytes, at: int) -> tuple[dict[str, bytes], int]:
    attributes: dict[str, bytes] = {}
    while True:
        (size,) = struct.unpack_from("!H", data, at)
        at += 2
        if size == 0:
            return attributes, at
        name = data[at : at + size].decode("ascii", "replace")
        at += size
        (size,) = struct.unpack_from("!I", data, at)
        at += 4
        if size > _MAX_SIZE:
            raise OmapiError(f"an attribute of {size} bytes: this is not OMAPI")
        if at + size > len(data):
            raise struct.error("incomplete")
        attributes[name] = data[at : at + size]
        at += size


def decode(data: bytes, key: Key | None = None) -> tuple[OmapiMessage, int] | None:
    """The message at the start of the data and the number of bytes it takes; None while it is incomplete.

    With a key, the message must be signed with it: dhcpd answers without a signature when it does not accept ours.
    """
    try:
        authenticator, signature_size, operation, handle, transaction, answers = _HEADER.unpack_from(data)
        if signature_size > _MAX_SIZE:
            raise OmapiError(f"a signature of {signature_size} bytes: this is not OMAPI")
        message, at = _decode_attributes(data, _HEADER.size)
        obj, at = _decode_attributes(data, at)
    except struct.error:
        return None
    end = at + signature_size
    if end > len(data):
        return None
    if key is not None and not signature_size:
        raise OmapiKeyError(f"it does not accept the secret of the key {key.name}")
    if key is not None and not hmac.compare_digest(key.sign(data[4:at]), data[at:end]):
        raise OmapiKeyError(f"its answer is not signed with the secret of the key {key.name}")
    return OmapiMessage(operation, handle, transaction, answers, message, obj, authenticator), end


def number(attributes: Attributes, name: str) -> int | None:
    """An attribute that is a number (of 4 bytes at most); None where the daemon does not tell it."""
    value = attributes.get(name)
    return int.from_bytes(value, "big") if value and len(value) <= 4 else None


class OmapiClient:
    """A connection to one daemon. dhcpd serves one after the other, so keep it short and close it."""

    def __init__(self, address: str, port: int, key: Key, timeout: float = 5) -> None:
        self._key = key
        self._authenticator = 0
        self._transaction = 0
        self._buffer = b""
        try:
            self._socket = socket.create_connection((address, port), timeout)
        except ConnectionRefusedError as error:
            raise OmapiRefusedError("nothing listens there") from error
        except socket.timeout as error:  # a TimeoutError only from Python 3.10 on
            raise OmapiTimeoutError(f"no connection within {timeout:g} s") from error
        except OSError as error:
            raise OmapiError(f"cannot connect: {error.strerror or error}") from error
        try:
            self._log_in()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> OmapiClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def _log_in(self) -> None:
        self._send(_STARTUP)
        while len(self._buffer) < len(_STARTUP):
            self._receive()
        if self._buffer[: len(_STARTUP)] != _STARTUP:
            raise OmapiError("the program that listens there does not speak OMAPI")
        self._buffer = self._buffer[len(_STARTUP) :]
        who = {"name": self._key.name.encode(), "algorithm": self._key.wire_algorithm.encode()}
        answer = self._ask(OmapiMessage(OPEN, message={"type": b"authenticator"}, object=who))
        if answer.operation != UPDATE or not answer.handle:
            raise OmapiKeyError(f"it knows no key {self._key.name} with {self._key.algorithm} ({_reason(answer)})")
        self._authenticator = answer.handle

    def open(self, kind: str, attributes: Attributes) -> tuple[int, Attributes]:
        """Handle and attributes of the object that the given attributes identify."""
        answer = self._ask(OmapiMessage(OPEN, message={"type": kind.encode()}, object=attributes))
        if answer.operation != UPDATE:
            raise OmapiNotFoundError(_reason(answer))
        return answer.handle, answer.object

    def update(self, handle: int, attributes: Attributes) -> None:
        """Change attributes of an open object. The daemon carries it out before it answers, and checks nothing."""
        answer = self._ask(OmapiMessage(UPDATE, handle=handle, object=attributes))
        if answer.operation != STATUS or number(answer.message, "result") != 0:
            raise OmapiError(f"it did not do so: {_reason(answer)}")

    def _ask(self, message: OmapiMessage) -> OmapiMessage:
        self._transaction += 1
        key = self._key if self._authenticator else None
        self._send(encode(replace(message, transaction=self._transaction, authenticator=self._authenticator), key))
        while True:
            found = decode(self._buffer, key)
            if found is None:
                self._receive()
                continue
            answer, size = found
            self._buffer = self._buffer[size:]
            if answer.answers == self._transaction:
                return answer

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._failed(error) from error

    def _receive(self) -> None:
        if len(self._buffer) > _MAX_SIZE:
            raise OmapiError("the answer has no end: this is not OMAPI")
        try:
            data = self._socket.recv(65536)
        except OSError as error:
            raise self._failed(error) from error
        if not data:
            raise self._failed(None)
        self._buffer += data

    def _failed(self, error: OSError | None) -> OmapiError:
        if isinstance(error, socket.timeout):
            return OmapiTimeoutError(f"no answer within {self._socket.gettimeout():g} s")
        if self._authenticator:
            # A signature that does not fit may also be answered by hanging up.
            return OmapiKeyError(f"it hung up on a message signed with the key {self._key.name}")
        return OmapiError("it hung up")


def _reason(answer: OmapiMessage) -> str:
    text = answer.message.get("message")
    return text.decode("ascii", "replace") if text else f"result {number(answer.message, 'result')}"
