"""Add people who may sign in, list them, and make one-time sign-in codes."""

import argparse
import sys
from getpass import getpass
from pathlib import Path

from commandline.defaults import DATA
from hub.errors import HubError
from hub.store import schema
from hub.store.accounts import Accounts, Role
from hub.store.database import opened, people_url
from protocol.clock import SystemClock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The three verbs."""
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="holds people.db (default: %(default)s)"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", parents=[data], help="a new account; prints its first sign-in code")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    add.add_argument(
        "--password-stdin",
        action="store_true",
        help="set a password, read from standard input, instead of a code",
    )
    verbs.add_parser("list", parents=[data], help="every account and its role")
    code = verbs.add_parser("code", parents=[data], help="a new one-time sign-in code, good for a day")
    code.add_argument("name", metavar="NAME")


def run(args: argparse.Namespace) -> int:
    """Do the verb; 1 when a name, role or password cannot be taken."""
    if not args.data.is_dir():
        print(
            f"--data {args.data}: there is no such directory; did you mean another --data?", file=sys.stderr
        )
        return 1
    try:
        with opened(people_url(args.data), schema.people) as store:
            return _run(args, Accounts(store, clock=SystemClock()))
    except HubError as error:
        print(error, file=sys.stderr)
        return 1


def _run(args: argparse.Namespace, accounts: Accounts) -> int:
    if args.verb == "list":
        for one in accounts.list():
            way = "disabled" if one.is_disabled else "password" if one.has_password else "code only"
            print(f"{one.name}\t{one.role.value}\t{way}")
        return 0
    if args.verb == "add":
        password = _password() if args.password_stdin else None
        accounts.add(args.name, args.role, password)
        if password is not None:
            return 0
        return _print_code(accounts.issue_one_time_code(args.name, args.role))
    known = {one.name: one for one in accounts.list()}
    if args.name not in known:
        print(f"there is no account `{args.name}`; `kuzet user list` shows them", file=sys.stderr)
        return 1
    return _print_code(accounts.issue_one_time_code(args.name, known[args.name].role.value))


def _password() -> str:
    return getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _print_code(code: str) -> int:
    print(f"{code}\tgood once, for a day: open /sign-in?code={code}")
    return 0
