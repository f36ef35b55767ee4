"""Keep the accounts of people and the tokens of programs: add, list, disable, one-time codes, resets."""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from getpass import getpass
from pathlib import Path
from typing import Any

from commandline.defaults import DATA
from hub.errors import HubError
from hub.store import schema
from hub.store.accounts import LANGUAGES, Accounts, Role
from hub.store.audit import AuditLog
from hub.store.database import opened, people_url
from hub.store.tokens import LONGEST, Scope
from protocol.clock import Clock, SystemClock

#: As whom the command line stands in the audit log.
_WHO = "command line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs."""
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="holds people.db (default: %(default)s)"
    )
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--building", action="append", default=[], metavar="ID", help="acts only there; may be repeated"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", parents=[data, place], help="a new account; prints its first sign-in code")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    add.add_argument("--language", choices=LANGUAGES, help="the language its screens begin in")
    add.add_argument(
        "--password-stdin",
        action="store_true",
        help="set a password, read from standard input, instead of a code",
    )
    listed = verbs.add_parser("list", parents=[data], help="every account and its role")
    listed.add_argument("--json", action="store_true", help="one JSON document")
    for verb, text in (
        ("code", "a new one-time sign-in code, good for a day"),
        ("disable", "let the account in no more; its sessions end"),
        ("enable", "let a disabled account in again"),
        ("reset-second-step", "ask for its app no more, as when the phone is lost"),
        ("link", "whoever has this name at the identity provider is this account: once, within a day"),
    ):
        verbs.add_parser(verb, parents=[data], help=text).add_argument("name", metavar="NAME")
    token = verbs.add_parser("token", help="tokens of programs that call the API")
    _add_token_verbs(token, data, place)


def run(args: argparse.Namespace) -> int:
    """Do the verb; 1 when a name, role or password cannot be taken."""
    if not args.data.is_dir():
        print(
            f"--data {args.data}: there is no such directory; did you mean another --data?", file=sys.stderr
        )
        return 1
    clock = SystemClock()
    try:
        with opened(people_url(args.data), schema.people) as store:
            accounts, log = Accounts(store, clock=clock), AuditLog(store, clock)
            return _token(args, accounts, log, clock) if args.verb == "token" else _run(args, accounts, log)
    except HubError as error:
        print(error, file=sys.stderr)
        return 1


def _add_token_verbs(
    token: argparse.ArgumentParser, data: argparse.ArgumentParser, place: argparse.ArgumentParser
) -> None:
    verbs = token.add_subparsers(dest="token_verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", parents=[data, place], help="a new token; it is printed this once")
    add.add_argument("name", metavar="NAME", help="what the program is called")
    add.add_argument("--scope", required=True, choices=[scope.value for scope in Scope])
    add.add_argument(
        "--days", type=int, default=90, metavar="N", help=f"good for so long, at most {LONGEST.days} (90)"
    )
    verbs.add_parser("list", parents=[data], help="every token, its end and its last use")
    revoke = verbs.add_parser("revoke", parents=[data], help="let the program in no more")
    revoke.add_argument("id", type=int, metavar="ID", help="the number `list` shows first")


def _run(args: argparse.Namespace, accounts: Accounts, log: AuditLog) -> int:
    if args.verb == "list":
        return _list(accounts, as_json=args.json)
    if args.verb == "add":
        password = _password() if args.password_stdin else None
        made = accounts.add(args.name, args.role, password, buildings=args.building, language=args.language)
        log.add(_WHO, "", "account.add", made.name, {"role": args.role, "buildings": sorted(made.buildings)})
        return 0 if password is not None else _print_code(accounts, args.name, args.role)
    found = accounts.find(args.name)
    if found is None:
        print(f"there is no account `{args.name}`; `kuzet user list` shows them", file=sys.stderr)
        return 1
    if args.verb == "disable":
        accounts.disable(found.name)
    elif args.verb == "enable":
        accounts.enable(found.name)
    elif args.verb == "reset-second-step":
        accounts.reset_second_step(found.name)
    elif args.verb == "link":
        accounts.allow_link(found.name)
    else:
        _print_code(accounts, found.name, found.role.value)
    log.add(_WHO, "", f"account.{args.verb}", found.name)
    return 0


def _list(accounts: Accounts, *, as_json: bool) -> int:
    everybody: list[dict[str, Any]] = []
    for one in accounts.list():
        way = "disabled" if one.is_disabled else "password" if one.has_password else "code only"
        buildings = sorted(one.buildings)
        everybody.append(
            {
                "name": one.name,
                "role": one.role.value,
                "way": way,
                "buildings": buildings,
                "second_step": one.has_second_step,
                "pin": one.has_pin,
            }
        )
        if not as_json:
            print("\t".join([one.name, one.role.value, way, *([" ".join(buildings)] if buildings else [])]))
    if as_json:
        print(json.dumps(everybody, ensure_ascii=False))
    return 0


def _token(args: argparse.Namespace, accounts: Accounts, log: AuditLog, clock: Clock) -> int:
    tokens = accounts.tokens
    if args.token_verb == "add":
        until = clock.now() + timedelta(days=max(-1, min(args.days, 9999)))
        made, secret = tokens.add(args.name, args.scope, until, _WHO, args.building)
        log.add(_WHO, "", "token.add", made.name, {"token": made.id, "scope": args.scope, "days": args.days})
        print(f"{secret}\tshown this once: send it as `Authorization: Bearer …`")
        return 0
    if args.token_verb == "revoke":
        gone = tokens.revoke(args.id)
        log.add(_WHO, "", "token.revoke", gone.name, {"token": gone.id})
        return 0
    now_ms = int(clock.now().timestamp() * 1000)
    for one in tokens.list():
        used = "never used" if one.used_ms is None else f"used {_day(one.used_ms)}"
        state = "revoked" if one.revoked_ms else "good" if one.is_good(now_ms) else "ended"
        where = " ".join(sorted(one.buildings)) or "all"
        line = [str(one.id), one.name, one.scope.value, where, _day(one.expires_ms), used, state]
        print("\t".join(line))
    return 0


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()


def _password() -> str:
    return getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _print_code(accounts: Accounts, name: str, role: str) -> int:
    code = accounts.issue_one_time_code(name, role)
    print(f"{code}\tgood once, for a day: open /sign-in?code={code}")
    return 0
