"""Whence requests come: which proxy is believed, whom failures are counted for, which names are answered."""

from pathlib import Path

import pytest
from flask import Flask, request
from sqlalchemy import Engine

from dashboards import create_app
from dashboards.access.whence import absolute, address, reached_at
from dashboards.settings import Settings
from dashboards.stores import open_stores
from hub.store.accounts import Accounts
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock


@pytest.fixture
def behind_https(campus: CampusBoard, people: Engine, tmp_path: Path, clock: FakeClock) -> Flask:
    campus.calm()
    settings = Settings(secret_key=b"k" * 32, build="b1", max_streams=2, https=True)
    return create_app(settings, open_stores(campus.engine, people, tmp_path, clock), clock)


def metrics(app: Flask, peer: str, said: str) -> int:
    """The status of /metrics, which is for this machine, asked by a peer that speaks for another."""
    return (
        app.test_client()
        .get("/metrics", environ_base={"REMOTE_ADDR": peer}, headers={"X-Forwarded-For": said})
        .status_code
    )


@pytest.mark.parametrize(
    ("peer", "said", "status"),
    [
        ("10.0.0.9", "127.0.0.1", 401),
        ("127.0.0.1", "8.8.8.8", 401),
        ("127.0.0.1", "127.0.0.1", 200),
        ("127.0.0.1", "unknown", 401),
        ("127.0.0.1", "<b>x", 401),
        ("", "127.0.0.1", 401),
    ],
)
def test_only_a_proxy_of_this_machine_speaks_for_others(
    behind_https: Flask, peer: str, said: str, status: int
) -> None:
    assert metrics(behind_https, peer, said) == status


def test_proxy_of_another_machine_is_believed_when_it_is_named(behind_https: Flask) -> None:
    reached_at(behind_https, None, ["10.0.0.9"])
    assert metrics(behind_https, "10.0.0.9", "127.0.0.1") == 200
    assert metrics(behind_https, "10.0.0.10", "127.0.0.1") == 401


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("unknown", "unknown"),
        ("", "unknown"),
    ],
)
def test_failures_are_counted_for_a_customer_not_for_each_of_his_addresses(
    app: Flask, peer: str, counted: str
) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": peer}):
        assert request.remote_addr == peer
        assert address() == counted


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("kuzet.example.kz", 200),
        ("kuzet.example.kz:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("localhost", 200),
        ("evil.example", 400),
        ("kuzet.example.kz.evil.example", 400),
    ],
)
def test_only_our_own_name_is_answered(app: Flask, campus: CampusBoard, host: str, status: int) -> None:
    campus.calm()
    reached_at(app, "https://kuzet.example.kz")
    answer = app.test_client().get("/sign-in", headers={"Host": host})
    assert answer.status_code == status
    assert "evil" not in answer.text


def test_without_an_address_no_name_is_answered_but_machines_may_look(
    app: Flask, campus: CampusBoard
) -> None:
    campus.calm()
    reached_at(app, None)
    client, host = app.test_client(), {"Host": "kuzet"}
    assert client.get("/sign-in", headers=host).status_code == 400
    assert client.get("/healthz", headers=host).status_code == 200


def test_links_that_leave_the_page_have_the_address_that_was_given(
    app: Flask, campus: CampusBoard, accounts: Accounts
) -> None:
    campus.calm()
    guest = Guest(reached_at(app, "https://kuzet.example.kz/").test_client())
    guest.sign_in(code=accounts.issue_one_time_code())
    form = {"csrf_token": guest.token(), "space": "a-204"}
    assert guest.client.post("/admin/signs", data=form).status_code == 303
    assert "https://kuzet.example.kz/sign/" in guest.get("/admin/signs").text
    with app.test_request_context("/", headers={"Host": "127.0.0.1:8000"}):
        assert absolute("/sign-in?code=x") == "https://kuzet.example.kz/sign-in?code=x"


def test_links_have_the_requests_own_host_where_no_address_was_given(app: Flask) -> None:
    with app.test_request_context("/", headers={"Host": "127.0.0.1:8000"}):
        assert absolute("/sign/x") == "http://127.0.0.1:8000/sign/x"


@pytest.mark.parametrize("wrong", ["kuzet.example.kz", "https://", "https://a.example/path", "ftp://a"])
def test_address_that_is_none_is_refused(app: Flask, wrong: str) -> None:
    with pytest.raises(ValueError, match="--address is like https://"):
        reached_at(app, wrong)
