import io
from pathlib import Path

import pytest

from hub.backup.errors import CopyRefused
from hub.backup.sealing import PIECE, make_key, read_key, seal, unseal

KEY, OTHER = bytes(range(32)), bytes(32)


def sealed(content: bytes, key: bytes = KEY) -> bytes:
    out = io.BytesIO()
    seal(io.BytesIO(content), out, key)
    return out.getvalue()


def opened(content: bytes, key: bytes = KEY) -> bytes:
    out = io.BytesIO()
    unseal(io.BytesIO(content), out, key, "copy")
    return out.getvalue()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_sealed_copy_opens_as_it_was(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert opened(sealed(content)) == content


def test_sealed_copy_tells_nothing_and_is_never_the_same_twice() -> None:
    content = b"skin_c" * 1000
    assert b"skin_c" not in sealed(content)
    assert sealed(content) != sealed(content)


def test_another_key_is_refused() -> None:
    with pytest.raises(CopyRefused, match="copy: the key is another than it was sealed with"):
        opened(sealed(b"content"), OTHER)


@pytest.mark.parametrize("left", [0, 10, 46, 47, 48, PIECE + 63, PIECE + 70, -1, -16])
def test_copy_that_is_cut_short_is_refused(left: int) -> None:
    whole = sealed(bytes(2 * PIECE + 5))
    with pytest.raises(CopyRefused):
        opened(whole[:left])


def test_copy_cut_between_two_pieces_is_said_to_be_short() -> None:
    whole = sealed(bytes(3 * PIECE))
    with pytest.raises(CopyRefused, match="copy: is cut short"):
        opened(whole[: 47 + 2 * (PIECE + 16)])


def test_copy_with_something_behind_its_end_is_refused() -> None:
    with pytest.raises(CopyRefused):
        opened(sealed(b"content") + b"more")


def test_pieces_in_another_order_are_refused() -> None:
    whole = sealed(bytes(3 * PIECE))
    head, step = 47, PIECE + 16
    swapped = whole[:head] + whole[head + step : head + 2 * step] + whole[head : head + step]
    with pytest.raises(CopyRefused):
        opened(swapped + whole[head + 2 * step :])


@pytest.mark.parametrize("place", [0, 5, 20, 46, 47, 60, -1])
def test_copy_of_which_one_bit_fell_over_is_refused(place: int) -> None:
    whole = bytearray(sealed(b"content" * 10))
    whole[place] ^= 4
    with pytest.raises(CopyRefused):
        opened(bytes(whole))


def test_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "backup.key"
    make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read_key(path)) == 32
    with pytest.raises(FileExistsError, match="copies that were made with it need it"):
        make_key(path)


def test_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "backup.key"
    make_key(path)
    path.chmod(0o640)
    with pytest.raises(CopyRefused, match="chmod 600"):
        read_key(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"kuzet-backup-key-1:aGVsbG8=", b"\xff\xfe"])
def test_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "backup.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(CopyRefused, match="is not a key"):
        read_key(path)
