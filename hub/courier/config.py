"""`receivers.toml`: who can be told, and how patient the courier is; every fault of it at once."""

import os
import stat
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from hub.receivers import RECEIVERS
from hub.receivers.by_apprise import SCHEMES
from hub.receivers.guard import AddressRefused, split_address
from hub.receivers.message import Letterbox
from hub.receivers.ping import PingConfig
from hub.receivers.secrets import read_secret
from hub.receivers.worker import Order
from protocol.config import decode_table, did_you_mean, read_toml
from protocol.errors import ConfigError
from protocol.quantities import Duration, Id

#: The dead-man's switch among the receivers' health; no receiver may be called so.
DEAD_MAN = "dead-man"
_TABLES = ("courier", "receivers", "dead_man", "reports")


class CourierConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient the courier is."""

    #: Where the dashboards are for those who are told; without it a message has no link.
    base_url: Annotated[str, Meta(max_length=200)] | None = None
    #: When a receiver has not succeeded after so long, the next is tried too.
    fall_over: Duration = Duration("60s")
    #: For so long after it was decided a notification is tried; then it is undelivered.
    retry_for: Duration = Duration("24h")
    #: Between two attempts of a failing receiver: doubled from the first to the longest, with jitter.
    first_wait: Duration = Duration("2s")
    longest_wait: Duration = Duration("5min")
    #: More than so many waiting for one receiver become one message.
    digest_over: Annotated[int, Meta(ge=1, le=1000)] = 5

    def __post_init__(self) -> None:
        """Refuse times that make no sense."""
        for name in ("fall_over", "retry_for", "first_wait", "longest_wait"):
            if getattr(self, name).seconds <= 0:
                raise ValueError(f"{name} must be more than 0 s")
        if self.longest_wait.seconds > 3600:
            raise ValueError(f"longest_wait must be at most 1h, got {self.longest_wait.text}")
        if self.base_url is not None and urlsplit(self.base_url).scheme not in ("http", "https"):
            raise ValueError('base_url: write for example "https://kuzet.example.org"')


class DeadManConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An outside address that misses us when we fall silent."""

    url: str | None = None
    url_file: str | None = None
    url_env: str | None = None
    #: Asked for when the hub or the courier is not well; without it nothing is asked for then.
    fail_url: str | None = None
    fail_url_file: str | None = None
    fail_url_env: str | None = None
    every: Duration = Duration("60s")
    deadline: Duration = Duration("10s")
    allow_private: bool = False

    def __post_init__(self) -> None:
        """Refuse a switch without an address."""
        if not (self.url or self.url_file or self.url_env):
            raise ValueError("`url`, `url_file` or `url_env` is wanted")
        if self.every.seconds < 1:
            raise ValueError(f"every must be at least 1s, got {self.every.text}")


class ReportOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gets the weekly report, when and as what."""

    #: Ids of receivers; a file goes with what is mail, the others get the link.
    receivers: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=20)]
    #: Day and hour of the campus, after the week that is told of.
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    at: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "08:00"
    format: Literal["pdf", "html", "xlsx", "csv"] = "pdf"
    language: Literal["kk", "ru", "en"] = "kk"

    def __post_init__(self) -> None:
        """Refuse an hour before the week is over."""
        if self.day == "mon" and self.at < "05:00":
            raise ValueError(f"at must be 05:00 or later on a Monday, got {self.at}: the week ends at 04:00")

    def instant_after(self, sunday: date, zone: tzinfo) -> datetime:
        """When the report of the week that ends with `sunday` is sent."""
        days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(self.day) + 1
        return datetime.combine(sunday + timedelta(days=days), time.fromisoformat(self.at), zone)


class Post(Struct, frozen=True, kw_only=True):
    """One receiver, ready: what the courier paces it by, and what its worker is told."""

    box: Letterbox
    order: Order


class Switch(Struct, frozen=True, kw_only=True):
    """The dead-man's switch, ready."""

    every_s: float
    well: Post
    #: None: nothing is asked for when something is wrong.
    fail: Post | None


class Receivers(Struct, frozen=True, kw_only=True):
    """The whole file."""

    config: CourierConfig
    posts: dict[str, Post]
    switch: Switch | None
    reports: tuple[ReportOrder, ...] = ()


def read_receivers(path: Path, environment: Mapping[str, str] | None = None) -> Receivers:
    """The file at `path` with its secrets. Raises ConfigError with every fault."""
    tables = read_toml(path)
    environment = os.environ if environment is None else environment
    faults: list[str] = []
    for key in tables:
        if key not in _TABLES:
            faults.append(f"$: unknown key `{key}`{did_you_mean(key, _TABLES)}")
    is_open = bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    config = decode_table(tables.get("courier", {}), CourierConfig, "$.courier", faults)
    posts = _read_posts(tables.get("receivers", []), environment, faults, is_open=is_open)
    switch = None
    if "dead_man" in tables:
        switch = _read_switch(tables["dead_man"], environment, faults, is_open=is_open)
    reports = _read_reports(tables.get("reports", []), _named(tables.get("receivers", [])), faults)
    if config is None or faults:
        raise ConfigError([f"{path}: {fault}" for fault in faults])
    return Receivers(config=config, posts=posts, switch=switch, reports=reports)


def _named(rows: object) -> list[str]:
    """Every id among the receivers, of those that are faulty too: their fault is told once."""
    found = rows if isinstance(rows, list) else []
    return [str(row["id"]) for row in found if isinstance(row, dict) and "id" in row]


def _read_reports(rows: object, known: list[str], faults: list[str]) -> tuple[ReportOrder, ...]:
    if not isinstance(rows, list):
        faults.append("$.reports: is one table, a list of tables is wanted: write `[[reports]]`")
        return ()
    found: list[ReportOrder] = []
    taken: set[str] = set()
    for i, row in enumerate(rows):
        order = decode_table(row, ReportOrder, f"$.reports[{i}]", faults)
        if order is None:
            continue
        for name in order.receivers:
            if name not in known:
                hint = did_you_mean(name, known)
                faults.append(f"$.reports[{i}].receivers: there is no receiver `{name}`{hint}")
            elif name in taken:
                faults.append(f"$.reports[{i}].receivers: `{name}` gets the report already")
            taken.add(name)
        found.append(order)
    return tuple(found)


def _read_posts(
    rows: object, environment: Mapping[str, str], faults: list[str], *, is_open: bool
) -> dict[str, Post]:
    if not isinstance(rows, list):
        faults.append("$.receivers: is one table, a list of tables is wanted: write `[[receivers]]`")
        return {}
    posts: dict[str, Post] = {}
    for i, row in enumerate(rows):
        at = f"$.receivers[{i}]"
        post = _read_post(row, at, environment, faults, is_open=is_open)
        if post is None:
            continue
        name = post.box.config.id
        if name in posts or name == DEAD_MAN:
            faults.append(f"{at}.id: `{name}` is {'used twice' if name in posts else 'taken'}")
        posts[name] = post
    return posts


def _read_post(
    row: object, at: str, environment: Mapping[str, str], faults: list[str], *, is_open: bool
) -> Post | None:
    if not isinstance(row, dict) or "kind" not in row:
        faults.append(f"{at}: required key `kind` is missing: one of {', '.join(RECEIVERS)}")
        return None
    name = str(row["kind"])
    kind = RECEIVERS.get(name)
    if kind is None:
        known = ", ".join(RECEIVERS)
        faults.append(f"{at}.kind: `{name}` is not one of {known}{did_you_mean(name, RECEIVERS)}")
        return None
    config = decode_table(row, kind.config, at, faults)
    if kind.is_secret and is_open and "url" in row:
        faults.append(f"{at}.url: holds a secret and others may read this file; use `url_file`, or chmod 600")
    url = read_secret(row, "url", environment, faults, at)
    key = read_secret(row, "key", environment, faults, at)
    if config is None or url is None:
        return None
    schemes = SCHEMES if name == "apprise" else getattr(config, "schemes", ("https", "http"))
    _check_address(url, schemes, getattr(config, "hosts", ()), f"{at}.url", faults)
    return Post(box=Letterbox(config=config, url=url, key=key), order=Order(row=row, url=url, key=key))


def _read_switch(
    row: object, environment: Mapping[str, str], faults: list[str], *, is_open: bool
) -> Switch | None:
    at = "$.dead_man"
    config = decode_table(row, DeadManConfig, at, faults)
    if config is None or not isinstance(row, dict):
        return None
    if is_open and ("url" in row or "fail_url" in row):
        faults.append(f"{at}.url: is a secret and others may read this file; use `url_file`, or chmod 600")
    url = read_secret(row, "url", environment, faults, at)
    fail = read_secret(row, "fail_url", environment, faults, at)
    if url is None:
        return None
    return Switch(
        every_s=config.every.seconds,
        well=_ping(config, url, at, faults),
        fail=_ping(config, fail, at, faults) if fail is not None else None,
    )


def _ping(config: DeadManConfig, url: str, at: str, faults: list[str]) -> Post:
    _check_address(url, ("https", "http"), (), f"{at}.url", faults)
    row: dict[str, Any] = {
        "id": DEAD_MAN,
        "kind": "ping",
        "url_env": "PING",
        "deadline": config.deadline.text,
        "allow_private": config.allow_private,
    }
    order = Order(row=row, url=url)
    box = Letterbox(config=PingConfig(**{**row, "deadline": config.deadline}), url=url)
    return Post(box=box, order=order)


def _check_address(
    url: str, schemes: tuple[str, ...], hosts: tuple[str, ...], at: str, faults: list[str]
) -> None:
    scheme = url.partition("://")[0].lower()
    try:
        if scheme in SCHEMES and schemes is SCHEMES:
            # What stands after the scheme is each gateway's own; its worker looks at the host.
            return
        split_address(url, schemes, hosts)
    except AddressRefused as refused:
        faults.append(f"{at}: {refused}")
