"""Signing in at an identity provider: what is let in, and every lie that is not."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from dashboards import create_app
from dashboards.access.oidc import OidcMissing
from dashboards.access.oidc_settings import SECRET_VARIABLE, OidcSettings, Provider, Roles, read_oidc
from dashboards.settings import Settings
from dashboards.stores import open_stores
from hub.store.accounts import Accounts, Role
from protocol.errors import ConfigError
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock
from tests.fakes.identity_provider import CLIENT, SECRET, IdentityProvider

Build = Callable[..., Flask]


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider().served() as one:
        yield one


@pytest.fixture
def build(
    campus: CampusBoard, people: Engine, tmp_path: Path, clock: FakeClock, provider: IdentityProvider
) -> Build:
    """An app that lets people in by the provider, with settings of the test's own."""
    campus.calm()

    def make(**chosen: Any) -> Flask:
        told = Provider(**{"issuer": provider.issuer, "client_id": CLIENT, **chosen})
        settings = Settings(
            secret_key=b"k" * 32, build="b1", max_streams=2, oidc=OidcSettings(provider=told, secret=SECRET)
        )
        return create_app(settings, open_stores(campus.engine, people, tmp_path, clock), clock)

    return make


def come_back(guest: Guest, provider: IdentityProvider, wanted: str = "/tasks") -> TestResponse:
    """There and back again."""
    there = guest.get(f"/sign-in/provider?next={wanted}")
    assert there.status_code == 302
    return guest.get(provider.approve(there.headers["Location"]))


def test_known_account_is_let_in_and_goes_where_it_wanted(
    build: Build, provider: IdentityProvider, accounts: Accounts
) -> None:
    accounts.add("Айгүл", "manager")
    guest = Guest(build().test_client())
    answer = come_back(guest, provider)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/tasks")
    assert guest.get("/api/1/state").status_code == 200
    assert "Айгүл" in guest.get("/account").text


def test_somebody_without_an_account_is_told_whom_to_ask(build: Build, provider: IdentityProvider) -> None:
    answer = come_back(Guest(build().test_client()), provider)
    assert answer.status_code == 403
    assert "Әкімшіге айтыңыз" in answer.text


def test_group_makes_an_account_and_its_role_follows(
    build: Build, provider: IdentityProvider, accounts: Accounts
) -> None:
    app = build(accounts="create", roles=Roles(manager=("staff",), admin=("it",)))
    assert come_back(Guest(app.test_client()), provider).status_code == 303
    assert [(one.name, one.role) for one in accounts.list()] == [("Айгүл", Role.MANAGER)]
    provider.person["groups"] = ["it", "staff"]
    assert come_back(Guest(app.test_client()), provider).status_code == 303
    assert [one.role for one in accounts.list()] == [Role.ADMIN]
    provider.person["groups"] = []
    assert come_back(Guest(app.test_client()), provider).status_code == 403


PASSWORD = "тас көпір алма 47"


@pytest.mark.parametrize("name", ["Айгүл", "АЙГҮЛ", "Aйгүл"], ids=["same", "another case", "a Latin A"])
def test_provider_that_makes_accounts_takes_none_over(
    build: Build, provider: IdentityProvider, accounts: Accounts, name: str
) -> None:
    accounts.add("Айгүл", "guard")
    provider.person |= {"preferred_username": name, "groups": ["staff"]}
    app = build(accounts="create", roles=Roles(manager=("staff",)))
    assert come_back(Guest(app.test_client()), provider).status_code == 403
    assert [(one.name, one.role) for one in accounts.list()] == [("Айгүл", Role.GUARD)]


@pytest.mark.parametrize(("role", "password"), [("guard", PASSWORD), ("admin", None)])
def test_name_alone_does_not_open_an_account_that_is_guarded(
    build: Build, provider: IdentityProvider, accounts: Accounts, role: str, password: str | None
) -> None:
    accounts.add("Айгүл", role, password)
    app = build()
    assert come_back(Guest(app.test_client()), provider).status_code == 403
    accounts.allow_link("Айгүл")
    assert come_back(Guest(app.test_client()), provider).status_code == 303
    # Said once: somebody else there with the same name stays out.
    provider.person["sub"] = "u-2"
    assert come_back(Guest(app.test_client()), provider).status_code == 403


def test_link_is_over_after_a_day(
    build: Build, provider: IdentityProvider, accounts: Accounts, clock: FakeClock
) -> None:
    accounts.add("Айгүл", "guard", PASSWORD)
    accounts.allow_link("Айгүл")
    clock.advance(24 * 3600)
    assert come_back(Guest(build().test_client()), provider).status_code == 403


def test_account_whose_groups_give_no_role_any_more_is_out_everywhere(
    build: Build, provider: IdentityProvider
) -> None:
    app = build(accounts="create", roles=Roles(manager=("staff",)))
    provider.person["groups"] = ["staff"]
    guest = Guest(app.test_client())
    come_back(guest, provider)
    assert guest.get("/api/1/state").status_code == 200
    provider.person["groups"] = []
    assert come_back(Guest(app.test_client()), provider).status_code == 403
    assert guest.get("/api/1/state").status_code == 401


def test_account_of_the_providers_gets_no_password_and_no_pin(
    build: Build, provider: IdentityProvider, accounts: Accounts
) -> None:
    app = build(accounts="create", roles=Roles(manager=("staff",)))
    provider.person["groups"] = ["staff"]
    guest = Guest(app.test_client())
    come_back(guest, provider)
    form = {"csrf_token": guest.token(), "new": PASSWORD, "again": PASSWORD, "pin": "4071"}
    for path in ("/account/password", "/account/pin"):
        answer = guest.client.post(path, data=form)
        assert (answer.status_code, "университеттің кіру қызметі" in answer.text) == (400, True)
    found = accounts.find("Айгүл")
    assert found is not None
    assert (found.has_password, found.has_pin) == (False, False)


def test_somebody_else_with_the_same_name_is_not_taken_for_the_first(
    build: Build, provider: IdentityProvider, accounts: Accounts
) -> None:
    accounts.add("Айгүл", "manager")
    app = build()
    come_back(Guest(app.test_client()), provider)
    provider.person["sub"] = "u-2"
    assert come_back(Guest(app.test_client()), provider).status_code == 403


def test_disabled_account_stays_out(build: Build, provider: IdentityProvider, accounts: Accounts) -> None:
    accounts.add("Айгүл", "manager")
    accounts.disable("Айгүл")
    assert come_back(Guest(build().test_client()), provider).status_code == 403


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": "another", "azp": CLIENT},
        {"aud": [CLIENT, "another"]},
        {"iss": "https://evil.example"},
        {"exp": 1_700_000_000},
        {"sub": None},
        {"exp": None},
    ],
    ids=[
        "wrong nonce",
        "no nonce",
        "wrong audience",
        "wrong audience that says we asked",
        "for others too",
        "wrong issuer",
        "expired",
        "nobody",
        "without an end",
    ],
)
def test_id_token_that_lies_lets_nobody_in(
    build: Build, provider: IdentityProvider, accounts: Accounts, lie: dict[str, Any]
) -> None:
    accounts.add("Айгүл", "manager")
    provider.claims = lie
    guest = Guest(build().test_client())
    assert come_back(guest, provider).status_code == 403
    assert guest.get("/api/1/state").status_code == 401


def test_id_token_signed_by_another_key_lets_nobody_in(
    build: Build, provider: IdentityProvider, accounts: Accounts
) -> None:
    accounts.add("Айгүл", "manager")
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert come_back(Guest(build().test_client()), provider).status_code == 403


def test_state_comes_back_once(build: Build, provider: IdentityProvider, accounts: Accounts) -> None:
    accounts.add("Айгүл", "manager")
    guest = Guest(build().test_client())
    there = guest.get("/sign-in/provider")
    kept = guest.client.get_cookie("kuzet-form")
    assert kept is not None
    first, again = (provider.approve(there.headers["Location"]) for _ in range(2))
    assert guest.get(first).status_code == 303
    # The cookie that knew the state is put back by the thief: the state itself is used up.
    guest.client.set_cookie("kuzet-form", kept.value)
    assert guest.get(again).status_code == 403


def test_state_of_another_browser_lets_nobody_in(
    build: Build, provider: IdentityProvider, accounts: Accounts
) -> None:
    accounts.add("Айгүл", "manager")
    app = build()
    there = Guest(app.test_client()).get("/sign-in/provider")
    assert Guest(app.test_client()).get(provider.approve(there.headers["Location"])).status_code == 403


def test_journey_is_over_after_ten_minutes(
    build: Build, provider: IdentityProvider, accounts: Accounts, clock: FakeClock
) -> None:
    accounts.add("Айгүл", "manager")
    guest = Guest(build().test_client())
    there = guest.get("/sign-in/provider")
    clock.advance(600)
    assert guest.get(provider.approve(there.headers["Location"])).status_code == 403


def test_provider_that_calls_itself_otherwise_is_not_used(build: Build, provider: IdentityProvider) -> None:
    provider.metadata = {"issuer": "https://evil.example"}
    assert Guest(build().test_client()).get("/sign-in/provider").status_code == 503


def test_provider_that_is_away_leaves_the_other_ways_in(build: Build) -> None:
    answer = Guest(build(issuer="http://127.0.0.1:9").test_client()).get("/sign-in/provider")
    assert answer.status_code == 503
    assert 'name="password"' in answer.text


def test_refusal_of_the_provider_is_told(build: Build, provider: IdentityProvider) -> None:
    answer = Guest(build().test_client()).get("/sign-in/provider/back?error=access_denied")
    assert answer.status_code == 403


def test_provider_never_leads_to_another_site(
    build: Build, provider: IdentityProvider, accounts: Accounts
) -> None:
    accounts.add("Айгүл", "manager")
    answer = come_back(Guest(build().test_client()), provider, "//evil.example")
    assert answer.headers["Location"] == "/board"


def test_without_the_extra_the_error_says_what_to_install(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "authlib.integrations.flask_client", None)
    with pytest.raises(OidcMissing, match=r"pip install 'kuzet\[oidc\]'"):
        build()


def write(folder: Path, text: str) -> Path:
    path = folder / "web.toml"
    path.write_text(text)
    return path


GOOD = '[oidc]\nissuer = "https://sso.example.kz"\nclient_id = "kuzet"\n'


def test_file_names_a_secret_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "oidc.secret").write_text("hush\n")
    path = write(tmp_path, GOOD + 'secret_file = "oidc.secret"\n[oidc.roles]\nadmin = ["it"]\n')
    settings = read_oidc(path)
    assert (settings.secret, settings.role_of(["it", "x"]), settings.role_of(["x"])) == (
        "hush",
        Role.ADMIN,
        None,
    )


def test_secret_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, "hush")
    assert read_oidc(write(tmp_path, GOOD)).secret == "hush"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("https", "http"), "must begin with https"),
        (GOOD + 'accounts = "create"\n', "no group has a role"),
        (GOOD + 'scopes = ["profile"]\n', "openid"),
        (GOOD + 'isuer = "x"\n', "did you mean `issuer`"),
        (GOOD + 'secret_file = "nowhere"\n', "nowhere"),
        (GOOD, SECRET_VARIABLE),
    ],
    ids=["plain http", "nobody has a role", "no openid", "a misspelt key", "no secret file", "no secret"],
)
def test_file_that_cannot_work_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    with pytest.raises(ConfigError, match=says):
        read_oidc(write(tmp_path, text))


def test_role_of_many_groups_is_the_highest() -> None:
    told = Provider(issuer="https://a", client_id="b", roles=Roles(guard=("g",), manager=("m",)))
    settings = OidcSettings(provider=told, secret="s")
    assert settings.role_of(["g", "m"]) is Role.MANAGER
    assert settings.role_of("g") is Role.GUARD
    assert settings.role_of(7) is None
