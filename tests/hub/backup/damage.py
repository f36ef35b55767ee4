"""Ways in which a disk, a power cut or a hand spoils the files of a hub; each by a seed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

Spoil = Callable[[Path, Path, Random], None]


def flip(path: Path, chance: Random, count: int) -> None:
    """Turn so many bits over."""
    content = bytearray(path.read_bytes())
    for _ in range(count if content else 0):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def _one_bit(data: Path, _other: Path, chance: Random) -> None:
    flip(data / "hub.db", chance, 1)


def _many_bits(data: Path, _other: Path, chance: Random) -> None:
    flip(data / "hub.db", chance, chance.randrange(2, 40))


def _head(data: Path, _other: Path, chance: Random) -> None:
    path = data / "hub.db"
    content = bytearray(path.read_bytes())
    content[chance.randrange(100)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def _cut(data: Path, _other: Path, chance: Random) -> None:
    path = data / "hub.db"
    path.write_bytes(path.read_bytes()[: chance.randrange(1, path.stat().st_size)])


def _cut_at_page(data: Path, _other: Path, chance: Random) -> None:
    path = data / "hub.db"
    path.write_bytes(path.read_bytes()[: 4096 * chance.randrange(1, path.stat().st_size // 4096)])


def _zeros(data: Path, _other: Path, chance: Random) -> None:
    path = data / "hub.db"
    content = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 6)):
        page = chance.randrange(len(content) // 4096) * 4096
        content[page : page + 4096] = bytes(4096)
    path.write_bytes(content)


def _empty(data: Path, _other: Path, chance: Random) -> None:
    (data / "hub.db").write_bytes(b"")


def _noise(data: Path, _other: Path, chance: Random) -> None:
    (data / "hub.db").write_bytes(chance.randbytes(50_000))


def _gone(data: Path, _other: Path, chance: Random) -> None:
    (data / "hub.db").unlink()


def _gone_whole(data: Path, _other: Path, chance: Random) -> None:
    for path in data.glob("hub.db*"):
        path.unlink()


def _no_log(data: Path, _other: Path, chance: Random) -> None:
    (data / "hub.db-wal").unlink()


def _no_log_no_index(data: Path, _other: Path, chance: Random) -> None:
    (data / "hub.db-wal").unlink()
    (data / "hub.db-shm").unlink()


def _no_index(data: Path, _other: Path, chance: Random) -> None:
    (data / "hub.db-shm").unlink()


def _index_of_noise(data: Path, _other: Path, chance: Random) -> None:
    (data / "hub.db-shm").write_bytes(chance.randbytes(32768))


def _log_cut(data: Path, _other: Path, chance: Random) -> None:
    path = data / "hub.db-wal"
    path.write_bytes(path.read_bytes()[: chance.randrange(path.stat().st_size)])


def _log_flipped(data: Path, _other: Path, chance: Random) -> None:
    flip(data / "hub.db-wal", chance, chance.randrange(1, 20))


def _log_of_before(data: Path, other: Path, chance: Random) -> None:
    shutil.copy(other / "hub.db-wal", data / "hub.db-wal")


def _log_of_another(data: Path, other: Path, chance: Random) -> None:
    shutil.copy(other / "another.db-wal", data / "hub.db-wal")


def _base_of_before(data: Path, other: Path, chance: Random) -> None:
    shutil.copy(other / "hub.db", data / "hub.db")


def _another_campus(data: Path, other: Path, chance: Random) -> None:
    for path in data.glob("hub.db*"):
        path.unlink()
    shutil.copy(other / "another.db", data / "hub.db")


def _people_as_hub(data: Path, _other: Path, chance: Random) -> None:
    for path in data.glob("hub.db*"):
        path.unlink()
    shutil.copy(data / "people.db", data / "hub.db")


def _people_flipped(data: Path, _other: Path, chance: Random) -> None:
    flip(data / "people.db", chance, chance.randrange(1, 60))


def _people_cut(data: Path, _other: Path, chance: Random) -> None:
    path = data / "people.db"
    path.write_bytes(path.read_bytes()[: chance.randrange(1, path.stat().st_size)])


#: Taken in turn. `other` holds the files of an hour before, and those of another campus.
SPOILS: tuple[Spoil, ...] = (
    _one_bit,
    _many_bits,
    _head,
    _cut,
    _cut_at_page,
    _zeros,
    _empty,
    _noise,
    _gone,
    _gone_whole,
    _no_log,
    _no_log_no_index,
    _no_index,
    _index_of_noise,
    _log_cut,
    _log_flipped,
    _log_of_before,
    _log_of_another,
    _base_of_before,
    _another_campus,
    _people_as_hub,
    _people_flipped,
    _people_cut,
)
