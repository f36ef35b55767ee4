"""The accounts themselves, and the command that keeps them."""

import argparse
import io
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from commandline import user
from hub.store import schema
from hub.store.accounts import AccountError, Accounts, Role
from hub.store.audit import AuditLog
from hub.store.database import opened, people_url
from hub.store.passwords import fault_in, hash_password, is_right
from hub.store.throttle import Throttle, Throttled
from tests.fakes.edge import FakeClock

#: On files and on PostgreSQL.
pytestmark = pytest.mark.usefixtures("either")


def test_code_makes_the_account_when_it_is_missing(accounts: Accounts) -> None:
    accounts.issue_one_time_code()
    assert [(one.name, one.role) for one in accounts.list()] == [("admin", Role.ADMIN)]


def test_code_is_stored_only_as_a_hash(accounts: Accounts, people: Engine) -> None:
    code = accounts.issue_one_time_code()
    with people.connect() as connection:
        stored = connection.execute(select(schema.one_time_code.c.code_hash)).scalar_one()
    assert code.replace("-", "") not in stored
    assert len(stored) == 64


def test_name_is_taken_whatever_its_case(accounts: Accounts) -> None:
    accounts.add("Әсет", "guard")
    with pytest.raises(AccountError, match="choose another name"):
        accounts.add("әсет", "guard")


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a<b", 'a"b', "a\x00b"], ids=repr)
def test_name_that_cannot_be_shown_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountError):
        accounts.add(name, "guard")


def test_role_that_does_not_exist_is_refused_with_those_that_do(accounts: Accounts) -> None:
    with pytest.raises(AccountError, match="guard, manager, admin, auditor"):
        accounts.add("Әсет", "root")


def test_password_hash_is_argon2id_at_the_chosen_cost() -> None:
    hashed = hash_password("тас көпір алма 47")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_right(hashed, "тас көпір алма 47")
    assert not is_right(hashed, "тас көпір алма 48")
    assert not is_right(None, "nobody has this password")


def test_password_of_four_words_is_taken() -> None:
    assert fault_in("тас көпір алма 47", "Әсет") is None


def test_wait_grows_with_failures_and_has_an_end(people: Engine) -> None:
    throttle, now_ms, waits = Throttle(people), 1_000_000, []
    for _ in range(40):
        try:
            with throttle.attempt(["pair:x"], now_ms):
                pass
        except Throttled as wait:
            waits.append(wait.wait_s)
            now_ms += wait.wait_s * 1000
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == 300


def test_failures_are_remembered_by_another_process(people: Engine) -> None:
    for _ in range(5):
        with Throttle(people).attempt(["pair:x"], 1000):
            pass
    with pytest.raises(Throttled), Throttle(people).attempt(["pair:x"], 1000):
        pass


def run(data: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    user.add_arguments(parser)
    return user.run(parser.parse_args([*words, "--data", str(data)]))


def test_command_adds_lists_and_gives_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "add", "Әсет", "--role", "guard") == 0
    assert run(tmp_path, "code", "Әсет") == 0
    assert run(tmp_path, "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "/sign-in?code=" in lines[0]
    assert "/sign-in?code=" in lines[1]
    assert lines[2] == "Әсет\tguard\tcode only"


def test_command_stands_in_the_audit_log(tmp_path: Path, clock: FakeClock) -> None:
    assert run(tmp_path, "add", "Әсет", "--role", "guard") == 0
    assert run(tmp_path, "disable", "Әсет") == 0
    with opened(people_url(tmp_path), schema.people) as people:
        noted = AuditLog(people, clock).page(None, 10)
    assert [(one.who, one.action, one.subject) for one in noted] == [
        ("command line", "account.disable", "Әсет"),
        ("command line", "account.add", "Әсет"),
    ]


def test_command_reads_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("тас көпір алма 47\n"))
    assert run(tmp_path, "add", "Әсет", "--role", "guard", "--password-stdin") == 0


@pytest.mark.parametrize(
    "words",
    [("code", "nobody"), ("add", "a<b", "--role", "guard")],
    ids=["no such account", "a name that cannot be shown"],
)
def test_command_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert run(tmp_path, *words) == 1
    assert capsys.readouterr().err.strip()


def test_command_says_when_the_directory_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "nowhere", "list") == 1
    assert "no such directory" in capsys.readouterr().err


def test_names_are_listed_as_in_a_kazakh_list(accounts: Accounts) -> None:
    for name in ("Яна", "Қанат", "Әсет", "Бота", "Асан", "guard-1", "Іңкәр", "Ұлан"):
        accounts.add(name, "guard")
    names = [one.name for one in accounts.list()]
    assert names == ["guard-1", "Асан", "Әсет", "Бота", "Қанат", "Ұлан", "Іңкәр", "Яна"]
