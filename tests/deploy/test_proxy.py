"""Caddy and nginx with the shipped files before the real dashboards: HTTP/2, a stream that is not held back,
headers kept, and of the client believed what the proxy says, never what the client says.
"""

import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, select

from hub.store import schema
from hub.store.database import opened, people_url
from hub.store.tokens import Tokens
from protocol.clock import SystemClock
from tests.deploy.proxies import REAL, Caddy, Curl, Dashboards, Nginx, Proxy
from tests.servers import find_program

#: An address that somebody claims to have (RFC 5737).
CLAIMED = "203.0.113.9"
pytestmark = pytest.mark.broker


class Campus(NamedTuple):
    proxy: Proxy
    curl: Curl
    people: Engine
    token: str


def a_caddy(folder: Path) -> Proxy:
    return Caddy(find_program("caddy", "caddy"), folder)


def an_nginx(folder: Path) -> Proxy:
    return Nginx(find_program("nginx", "nginx-light"), folder)


@pytest.fixture(scope="module", params=[a_caddy, an_nginx], ids=["caddy", "nginx"])
def campus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campus]:
    data, folder = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("proxy")
    proxy: Proxy = request.param(folder)
    curl = Curl(find_program("curl", "curl"), proxy)
    proxy.make_certificate(find_program("openssl", "openssl"))
    web = Dashboards(data, proxy.address)
    proxy.web_port = web.port
    clock = SystemClock()
    with opened(people_url(data), schema.people) as people:
        _, token = Tokens(people, clock=clock).add("reader", "read", clock.now() + timedelta(days=1), "test")
        web.start()
        try:
            proxy.start()
            yield Campus(proxy, curl, people, token)
        finally:
            proxy.stop()
            web.stop()


def test_proxy_speaks_http_2(campus: Campus) -> None:
    head, _ = campus.curl.ask("/healthz")
    assert head.startswith("http/2 ")


def test_proxy_keeps_the_headers_of_the_dashboards(campus: Campus) -> None:
    head, _ = campus.curl.ask("/sign-in")
    wanted = {
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
        "strict-transport-security",
    }
    assert wanted <= {line.partition(":")[0] for line in head.splitlines()}
    assert "set-cookie: __host-" in head
    assert "gunicorn" not in head


def test_proxy_passes_each_event_on_as_it_comes(campus: Campus) -> None:
    words = campus.curl.words("/api/1/live", "--header", f"Authorization: Bearer {campus.token}")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as stream:
        assert stream.stdout is not None
        # It does not end by itself: of one held back nothing is read until the test's time is up.
        said = [first_after_a_blank(stream.stdout) for _ in range(3)]
        is_open = stream.poll() is None
        stream.kill()
    assert (is_open, "" in said) == (True, False)


def first_after_a_blank(lines: Iterator[str]) -> str:
    """The first line of the next event."""
    block = []
    for line in lines:
        block.append(line.strip())
        if not line.strip() and any(block):
            return next(one for one in block if one)
    return ""


def test_proxy_says_whence_a_request_came_and_believes_no_claim_of_it(campus: Campus) -> None:
    claims = ["--header", f"X-Forwarded-For: {CLAIMED}", "--header", f"Forwarded: for={CLAIMED}"]
    campus.curl.ask("/api/1/state", "--header", "Authorization: Bearer kz_wrong", *claims)
    jar = str(campus.proxy.certificate.with_name("jar"))
    _, page = campus.curl.ask("/sign-in", "--cookie-jar", jar)
    token = re.findall(r'(?:name="csrf_token" value|name="csrf-token" content)="([^"]+)"', page)[0]
    form = ["--data-urlencode", f"csrf_token={token}", "--data-urlencode", "name=nobody"]
    form += ["--data-urlencode", "password=a wrong password", "--referer", f"{campus.proxy.address}/sign-in"]
    head, _ = campus.curl.ask("/sign-in", "--cookie", jar, *form, *claims)
    with campus.people.connect() as connection:
        counted = " ".join(connection.execute(select(schema.attempt.c.who)).scalars())
    assert REAL in counted, (head, counted)
    assert CLAIMED not in counted


def test_proxy_keeps_the_programs_figures_inside(campus: Campus) -> None:
    head, _ = campus.curl.ask("/metrics")
    assert head.startswith("http/2 404")


def test_proxy_refuses_a_name_that_is_not_ours(campus: Campus) -> None:
    head, _ = campus.curl.ask("/sign-in", "--header", "Host: elsewhere.example")
    assert not head.startswith("http/2 200 ") or "set-cookie" not in head


def test_proxy_sends_who_comes_without_https_there(campus: Campus) -> None:
    address = f"http://127.0.0.1:{campus.proxy.plain_port}/board"
    words = [find_program("curl", "curl"), "--silent", "--include", "--header", "Host: kuzet.test", address]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert re.match(r"HTTP/1.1 30[18] ", said)
    assert re.search(r"(?i)location: https://kuzet\.test", said)
