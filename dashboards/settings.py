"""What the dashboards are told at their start, and the build they show. Pure but for `build_of`."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from dashboards.access.oidc_settings import OidcSettings
from dashboards.files import Files

#: The folder every browser file is served from.
STATIC = Path(__file__).parent / "static"
#: A hub whose pulse is older is not live, seconds: two and a half heartbeats of the feed.
HUB_MAX_AGE_S = 12.0
#: Open event streams, unless told otherwise.
MAX_STREAMS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Choices of the one who starts the dashboards."""

    #: Signs the cookie that carries the CSRF token.
    secret_key: bytes
    version: str = "0.1.0"
    #: Hash of the browser files; an open board with another one loads itself anew.
    build: str = "dev"
    #: Served by https, seen through one reverse proxy on this machine: Secure cookies, HSTS.
    https: bool = False
    #: Open event streams; the next one is told to poll.
    max_streams: int = MAX_STREAMS
    #: How often the board is asked for changes, seconds.
    poll_s: float = 0.15
    #: The feed's own pulse, seconds; a client gives up after 12.
    heartbeat_s: float = 5.0
    #: How long a page waits for the hub's word on an edit of the campus, seconds.
    edit_wait_s: float = 5.0
    #: Catalogues of words to show instead of ours; None: ours.
    translations: Path | None = None
    #: The identity provider people may sign in at; None: nobody does.
    oidc: OidcSettings | None = None
    #: Files of the hub that the administrator's pages read; None: they do without.
    files: Files | None = None


def build_of(folder: Path) -> str:
    """Ten letters that change whenever a file in `folder` does."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
