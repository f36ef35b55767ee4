"""What the campus's broker is: where it listens, under which names, where its files lie. Kept beside the
authority.
"""

import os
import pwd
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.errors import EnrolmentError
from protocol.keeping import SECRET, write

FILE = "broker.json"
Port = Annotated[int, Meta(ge=1, le=65535)]


class Place(Struct, frozen=True, kw_only=True):
    """As `kuzet broker config` was told."""

    #: The name nodes connect to, and further names and addresses in the broker's certificate.
    host: str
    also: tuple[str, ...] = ()
    port: Port = 8883
    #: An address of this machine to listen on; empty: every address.
    listen: str = ""
    #: Folder of mosquitto's files, and of its state.
    folder: str
    state: str
    #: Whose rights mosquitto takes.
    user: str
    #: Topic below which the campus is described to Home Assistant; None: it is not.
    discovery: str | None = None
    #: How long a certificate lives, days.
    lives_d: Annotated[int, Meta(ge=1, le=825)] = 180

    @property
    def names(self) -> tuple[str, ...]:
        """What the broker's certificate says; this machine itself always by loopback."""
        every = (self.host, *self.also, self.reached_at, "localhost", "127.0.0.1")
        return tuple(dict.fromkeys(every))

    @property
    def reached_at(self) -> str:
        """The address by which this machine itself reaches it."""
        everywhere = ("", "0.0.0.0", "::")  # nosec B104  # not bound to
        return "127.0.0.1" if self.listen in everywhere else self.listen

    @property
    def owner(self) -> tuple[int, int] | None:
        """Mosquitto's user, to whom belongs what it reads and keeps; None where that is us, or we may not
        give.
        """
        if os.geteuid() != 0 or self.user == "root":
            return None
        try:
            user = pwd.getpwnam(self.user)
        except KeyError:
            raise EnrolmentError(
                f"there is no user `{self.user}` here: apt-get install mosquitto, or --user NAME"
            ) from None
        return user.pw_uid, user.pw_gid

    @property
    def process(self) -> int | None:
        """The running mosquitto, by its own file; None: it is not running."""
        try:
            number = int((Path(self.state) / "mosquitto.pid").read_text(encoding="ascii"))
            name = Path(f"/proc/{number}/comm").read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return None
        # After a crash the number may be somebody else's.
        return number if name == "mosquitto" else None


def load(folder: Path) -> Place:
    """What was kept in `folder`. Raises EnrolmentError."""
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Place)
    except FileNotFoundError:
        raise EnrolmentError(
            f"{folder}: there is no authority here; `kuzet broker config` makes one, --ca names the folder"
        ) from None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EnrolmentError(f"{path}: cannot be read: {error}; run `kuzet broker config` again") from None


def save(folder: Path, place: Place) -> None:
    """Keep it."""
    write(folder / FILE, msgspec.json.format(msgspec.json.encode(place)) + b"\n", SECRET)
