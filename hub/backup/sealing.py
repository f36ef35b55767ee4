"""A copy in, the same out as only the holder of a key can read it; a piece at a time.

ChaCha20-Poly1305 over pieces of 1 MiB, each bound to its place and to being the last: a copy that was cut
short, changed, put in another order or made with another key is refused. A Raspberry Pi has no AES in it.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.backup.errors import CopyRefused

_MAGIC = b"KUZET-SEALED-1\n"
_SALT = 32
PIECE = 1024 * 1024
_TAG = 16
_KEY_LINE = "kuzet-backup-key-1:"
_INFO = b"kuzet backup 1"


class Reads(Protocol):
    """What bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most so many; none at the end."""


class Writes(Protocol):
    """Where bytes go to."""

    def write(self, piece: bytes, /) -> object:
        """Take them all."""


def make_key(path: Path) -> None:
    """Write a new key, for its owner alone. Raises FileExistsError: a key that is lost costs every copy."""
    text = _KEY_LINE + base64.b64encode(secrets.token_bytes(32)).decode() + "\n"
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise FileExistsError(
            f"{path}: is there already; copies that were made with it need it, so choose another name"
        ) from None
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path) -> bytes:
    """The key in a file. Raises CopyRefused where others can read it, or it is none."""
    try:
        mode = path.stat().st_mode & 0o777
        text = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise CopyRefused(f"{path}: there is no such key; `kuzet backup key {path}` makes one") from None
    except UnicodeDecodeError:
        raise CopyRefused(f"{path}: is not a key of `kuzet backup key`") from None
    if mode & 0o077:
        raise CopyRefused(f"{path}: others can read this key (mode {mode:04o}); chmod 600 {path}")
    try:
        key = base64.b64decode(text.removeprefix(_KEY_LINE), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(_KEY_LINE) or len(key) != 32:
        raise CopyRefused(f"{path}: is not a key of `kuzet backup key`")
    return key


def seal(source: Reads, target: Writes, key: bytes) -> None:
    """Encrypt all of `source`. Raises OSError."""
    head = _MAGIC + secrets.token_bytes(_SALT)
    cipher = _cipher(key, head)
    target.write(head)
    for number, piece, is_last in _pieces(source, PIECE):
        target.write(cipher.encrypt(_nonce(number, is_last=is_last), piece, head))


def unseal(source: Reads, target: Writes, key: bytes, name: object) -> None:
    """Decrypt all of `source`, known in messages as `name`.

    Raises CopyRefused; what was written by then must not be used.
    """
    head = source.read(len(_MAGIC) + _SALT)
    if not head.startswith(_MAGIC) or len(head) < len(_MAGIC) + _SALT:
        raise CopyRefused(f"{name}: is not a sealed copy of ours")
    cipher = _cipher(key, head)
    for number, piece, is_last in _pieces(source, PIECE + _TAG):
        try:
            target.write(cipher.decrypt(_nonce(number, is_last=is_last), piece, head))
        except InvalidTag:
            raise CopyRefused(_refusal(cipher, head, number, piece, is_last=is_last, name=name)) from None


def _refusal(
    cipher: ChaCha20Poly1305, head: bytes, number: int, piece: bytes, *, is_last: bool, name: object
) -> str:
    try:
        cipher.decrypt(_nonce(number, is_last=not is_last), piece, head)
    except InvalidTag:
        if number == 0:
            return f"{name}: the key is another than it was sealed with, or the copy was changed"
        return (
            f"{name}: was changed, or is cut short, behind byte {number * (PIECE + _TAG)}; use another copy"
        )
    what = "is cut short" if is_last else "has something behind its end"
    return f"{name}: {what}; use another copy"


def _cipher(key: bytes, head: bytes) -> ChaCha20Poly1305:
    # A key of its own for each copy: numbers of pieces may then be the same in all.
    return ChaCha20Poly1305(HKDF(SHA256(), 32, head[len(_MAGIC) :], _INFO).derive(key))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


def _pieces(source: Reads, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Numbered pieces, and whether each is the last; there is one even of nothing."""
    number, piece = 0, source.read(size)
    while True:
        after = source.read(size)
        yield number, piece, not after
        if not after:
            return
        number, piece = number + 1, after
