"""`receivers.toml`: what is right is read, what is wrong is named at once, and no secret is told."""

from pathlib import Path

import pytest

from hub.courier.config import read_receivers
from hub.receivers import RECEIVERS
from protocol.errors import ConfigError

SHIPPED = Path(__file__).parents[3] / "deploy/receivers.toml"
EVERYTHING_WRONG = """
colour = "red"
[courier]
fall_over = 60
[[receivers]]
kind = "telegramm"
[[receivers]]
id = "a"
kind = "webhook"
url = "ftp://host/"
url_env = "A"
[[receivers]]
id = "b"
kind = "webhook"
url = "http://campus.example/"
[[receivers]]
id = "c"
kind = "ntfy"
url = "https://ntfy.example/"
topik = "guards"
[[receivers]]
id = "d"
kind = "telegram"
chat = "-1"
url_env = "NOT_SET"
[[receivers]]
id = "e"
kind = "webhook"
url = "https://campus.example/"
deadline = "9h"
[[receivers]]
id = "f"
kind = "webhook"
url = "https://campus.example/"
[[receivers]]
id = "f"
kind = "webhook"
url = "https://campus.example/"
[dead_man]
every = "60s"
"""


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "receivers.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def faults_of(path: Path, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as found:
        read_receivers(path, environment or {})
    return [fault.removeprefix(f"{path}: ") for fault in found.value.faults]


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    faults = "\n".join(faults_of(write(tmp_path, EVERYTHING_WRONG)))
    for expected in (
        "$: unknown key `colour`",
        "$.courier.fall_over: a duration needs a unit",
        "$.receivers[0].kind: `telegramm` is not one of",
        "did you mean `telegram`?",
        "$.receivers[1]: exactly one of `url`, `url_file`, `url_env` is wanted",
        "$.receivers[2].url: scheme `http` is not one of https",
        "$.receivers[3]: unknown key `topik`; did you mean `topic`?",
        "$.receivers[4].url_env: the environment has no NOT_SET",
        "$.receivers[5]: deadline must be 50ms to 120s, got 9h",
        "$.receivers[7].id: `f` is used twice",
        "$.dead_man: `url`, `url_file` or `url_env` is wanted",
    ):
        assert expected in faults


def test_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    text = '[[receivers]]\nid = "t"\nkind = "telegram"\nchat = "-1"\nurl = "https://api.telegram.org/bot1:SECRET"\n'
    faults = faults_of(write(tmp_path, text, 0o644))
    assert faults == [
        "$.receivers[0].url: holds a secret and others may read this file; use `url_file`, or chmod 600"
    ]
    assert read_receivers(write(tmp_path, text), {}).posts["t"].box.url.endswith("SECRET")


def test_secret_comes_from_a_file_of_mode_0600_or_the_environment(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("https://api.telegram.org/bot1:SECRET\n")
    secret.chmod(0o644)
    text = f'[[receivers]]\nid = "t"\nkind = "telegram"\nchat = "-1"\nurl_file = "{secret}"\n'
    faults = faults_of(write(tmp_path, text))
    assert faults == [f"$.receivers[0].url_file: others may read {secret} (mode 0644); chmod 600 {secret}"]
    secret.chmod(0o600)
    assert read_receivers(write(tmp_path, text), {}).posts["t"].box.url.endswith("SECRET")
    named = '[[receivers]]\nid = "t"\nkind = "telegram"\nchat = "-1"\nurl_env = "T"\n'
    read = read_receivers(write(tmp_path, named), {"T": "https://api.telegram.org/bot1:OTHER"})
    assert read.posts["t"].box.url.endswith("OTHER")


@pytest.mark.parametrize(
    "url", ["ftp://user:SECRET@host/", "https:///SECRET", "https://host:SECRET/", "https://h/SECRET\\x"]
)
def test_fault_of_an_address_tells_no_secret(tmp_path: Path, url: str) -> None:
    text = f'[[receivers]]\nid = "t"\nkind = "telegram"\nchat = "-1"\nurl = \'{url}\'\n'
    faults = faults_of(write(tmp_path, text))
    assert faults
    assert "SECRET" not in "\n".join(faults)


def test_shown_receivers_hold_no_secret(tmp_path: Path) -> None:
    text = '[[receivers]]\nid = "t"\nkind = "apprise"\nurl_env = "T"\n'
    posts = read_receivers(write(tmp_path, text), {"T": "mailtos://u:SECRET@host?to=a@host"}).posts
    assert "SECRET" not in repr(posts["t"].box)
    assert "SECRET" not in repr(posts["t"].order)
    assert "SECRET" not in repr(posts)


def test_dead_man_has_its_addresses(tmp_path: Path) -> None:
    text = '[dead_man]\nurl_env = "P"\nfail_url = "https://hc.example/u/fail"\nevery = "30s"\n'
    switch = read_receivers(write(tmp_path, text), {"P": "https://hc.example/u"}).switch
    assert switch is not None
    assert switch.fail is not None
    assert (switch.every_s, switch.well.box.url) == (30.0, "https://hc.example/u")


def test_shipped_example_needs_only_its_secrets() -> None:
    faults = faults_of(SHIPPED)
    assert all("cannot be read" in fault for fault in faults)
    for kind in RECEIVERS:
        assert f'kind = "{kind}"' in SHIPPED.read_text(encoding="utf-8")
