"""Who may use the dashboards: adding, changing and disabling accounts over the tables in `people.db`.

How they come in is in `sign_ins.py`, their signed-in browsers in `sittings.py`, and beside them `pins.py`,
`second_step.py` and `tokens.py`; an `Accounts` holds one of each over the same store.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from hub.store import identities
from hub.store.access_tables import access_choice
from hub.store.browsers import Browsers
from hub.store.codes import new_code, typed
from hub.store.identities import Journeys
from hub.store.names import AccountError, clean_name, digest, folded, in_ms
from hub.store.passwords import fault_in, hash_password, is_right
from hub.store.pins import Pins
from hub.store.schema import one_time_code, user
from hub.store.second_step import SecondStep
from hub.store.sign_ins import SignedIn, SignIns
from hub.store.sittings import Sittings, Visitor, Way
from hub.store.throttle import Throttle, Throttled, pair
from hub.store.tokens import Tokens
from hub.store.users import (
    Role,
    User,
    alike,
    find_user,
    other_admins,
    password_hash_of,
    read_users,
    role_of,
    set_buildings,
    set_language,
    user_by_id,
)
from protocol.clock import Clock

__all__ = ["AccountError", "Accounts", "Role", "SignedIn", "Throttled", "User", "Visitor", "clean_name"]

_CODE_LIVES = timedelta(hours=24)
LANGUAGES = ("kk", "ru", "en")
_NEEDED = "second_step_for_admins"


class Accounts(SignIns):
    """The people, and what lets them in."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._throttle = Throttle(engine)
        self._browsers = Browsers(engine)
        self.sittings = Sittings(engine, clock=clock)
        self.pins = Pins(engine, clock=clock)
        self.second_step = SecondStep(engine, clock=clock)
        self.tokens = Tokens(engine, clock=clock)
        self.journeys = Journeys(engine, clock=clock)

    def add(
        self,
        name: str,
        role: str,
        password: str | None = None,
        *,
        buildings: Iterable[str] = (),
        language: str | None = None,
    ) -> User:
        """A new account. Raises AccountError when the name is taken or a rule is broken."""
        kind, name = role_of(role), clean_name(name)
        hashed = None if password is None else _hashed(password, name)
        with self._engine.begin() as connection:
            taken = alike(connection, name)
            if taken is not None:
                raise AccountError(
                    "taken", f"`{name}`: there is `{taken}`, which looks the same; choose another name"
                )
            self._insert(connection, name, kind, hashed)
            added = self._require(connection, name)
            set_buildings(connection, added.id, buildings)
            set_language(connection, added.id, _language(language))
            return self._require(connection, name)

    def change(
        self, name: str, *, role: str, buildings: Iterable[str] = (), language: str | None = None
    ) -> User:
        """What the account may do, and where; another role ends its sittings. Raises AccountError."""
        kind = role_of(role)
        with self._engine.begin() as connection:
            found = self._require(connection, name)
            if found.role is Role.ADMIN and kind is not Role.ADMIN:
                _require_other_admin(connection, found)
            if found.role is not kind:
                connection.execute(update(user).where(user.c.id == found.id).values(role=kind.value))
                self.sittings.end_all(connection, found.id)
            set_buildings(connection, found.id, buildings)
            set_language(connection, found.id, _language(language))
            return self._require(connection, name)

    def disable(self, name: str) -> None:
        """Let the account in no more; its sittings end at once, and the tokens it made for programs.

        Raises AccountError when there is none, or when it is the last administrator.
        """
        with self._engine.begin() as connection:
            found = self._require(connection, name)
            if found.role is Role.ADMIN and not found.is_disabled:
                _require_other_admin(connection, found)
            connection.execute(update(user).where(user.c.id == found.id).values(disabled_ms=self._now_ms()))
            connection.execute(delete(one_time_code).where(one_time_code.c.user_id == found.id))
            self.tokens.revoke_made_by(connection, found)
            self._put_out(connection, found)

    def enable(self, name: str) -> None:
        """Let a disabled account in again. Raises AccountError when there is none."""
        with self._engine.begin() as connection:
            found = self._require(connection, name)
            connection.execute(update(user).where(user.c.id == found.id).values(disabled_ms=None))

    def reset_second_step(self, name: str) -> None:
        """Ask the account for its app no more, as when the phone is lost; its sittings end."""
        with self._engine.begin() as connection:
            found = self._require(connection, name)
            self.second_step.end(connection, found.id)
            self._put_out(connection, found)

    def allow_link(self, name: str) -> None:
        """Let whoever has this name at the identity provider have the account: once, within a day."""
        with self._engine.begin() as connection:
            found = self._require(connection, name)
            identities.allow_link(connection, found.id, self._now_ms() + in_ms(_CODE_LIVES))

    def end_sittings(self, name: str) -> None:
        """Sign the account out everywhere; its browsers are strange ones again."""
        with self._engine.begin() as connection:
            self._put_out(connection, self._require(connection, name))

    def list(self) -> list[User]:
        """Every account, by name."""
        with self._engine.connect() as connection:
            return read_users(connection)

    def find(self, name: str) -> User | None:
        """The account of that name, whatever its case."""
        with self._engine.connect() as connection:
            return find_user(connection, name)

    def by_id(self, key: int) -> User | None:
        """The account of that number."""
        with self._engine.connect() as connection:
            return user_by_id(connection, key)

    def is_second_step_needed(self) -> bool:
        """Whether administrators must have a second step."""
        query = select(access_choice.c.value).where(access_choice.c.name == _NEEDED)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() == "yes"

    def need_second_step(self, *, needed: bool) -> None:
        """Ask it of every administrator, or leave it to them."""
        with self._engine.begin() as connection:
            connection.execute(delete(access_choice).where(access_choice.c.name == _NEEDED))
            value = "yes" if needed else "no"
            connection.execute(insert(access_choice).values(name=_NEEDED, value=value))

    def issue_one_time_code(self, name: str = "admin", role: str = "admin") -> str:
        """A code that lets `name` in once within a day; the account is made when missing, older codes die."""
        kind, name, code = role_of(role), clean_name(name), new_code()
        with self._engine.begin() as connection:
            found = find_user(connection, name)
            if found is None:
                self._insert(connection, name, kind, None)
                found = self._require(connection, name)
            if found.is_disabled:
                raise AccountError("disabled", f"`{name}` is disabled; enable it, or add another account")
            connection.execute(delete(one_time_code).where(one_time_code.c.user_id == found.id))
            values = {
                "code_hash": digest(typed(code)),
                "user_id": found.id,
                "expires_ms": self._now_ms() + in_ms(_CODE_LIVES),
            }
            connection.execute(insert(one_time_code).values(values))
        return code

    def set_password(self, visitor: Visitor, new: str, current: str | None, address: str) -> None:
        """Set the visitor's own password and end every sitting of the account.

        Raises AccountError (`short`, `long`, `common`, `wrong`, `pin-sitting`, `provider`) and Throttled.
        """
        found = visitor.user
        self.require_current(visitor, current, address)
        with self._engine.connect() as connection:
            if identities.is_made(connection, found.id):
                raise identities.provided()
        hashed = _hashed(new, found.name)
        with self._engine.begin() as connection:
            connection.execute(update(user).where(user.c.id == found.id).values(password_hash=hashed))
            self._put_out(connection, found)

    def require_current(self, visitor: Visitor, current: str | None, address: str) -> None:
        """Make sure that who changes the account knows its password: a sitting left open is not enough.

        A one-time code is as good, and who has no password has none to say. Raises AccountError (`wrong`,
        `pin-sitting`) and Throttled.
        """
        found = visitor.user
        if visitor.by_pin or visitor.is_program:
            raise AccountError("pin-sitting", "sign in by password or code to change the account")
        if not found.has_password or visitor.by_code:
            return
        with self._throttle.attempt([pair(folded(found.name), address)], self._now_ms()) as go:
            with self._engine.connect() as connection:
                stored = password_hash_of(connection, found.id)
            if not is_right(stored, current or ""):
                raise AccountError("wrong", "the current password is not right")
            go.succeed()

    def sit_down_again(self, visitor: Visitor, browser: str = "") -> SignedIn:
        """A new sitting for a visitor whose password or second step has just changed.

        The browser is known from now on: guesses made elsewhere do not keep the visitor out of it.
        """
        shown = None if visitor.shown_name == visitor.user.name else visitor.shown_name
        with self._engine.begin() as connection:
            token = self.sittings.sit_down(connection, visitor.user.id, shown, Way.PASSWORD)
        return self._known(SignedIn(token, "", False, visitor.user), browser)

    def _insert(self, connection: Connection, name: str, role: Role, hashed: str | None) -> None:
        now = self._now_ms()
        values = {"name": name, "role": role.value, "password_hash": hashed, "created_ms": now}
        connection.execute(insert(user).values(values))

    def _require(self, connection: Connection, name: str) -> User:
        found = find_user(connection, name)
        if found is None:
            raise AccountError("nobody", f"there is no account `{name}`; `kuzet user list` shows them")
        return found


def _require_other_admin(connection: Connection, found: User) -> None:
    if other_admins(connection, found.id) == 0:
        raise AccountError("last-admin", f"`{found.name}` is the last administrator; make another one first")


def _language(code: str | None) -> str | None:
    if code is not None and code not in LANGUAGES:
        raise AccountError("language", f"a language is one of {', '.join(LANGUAGES)}, got `{code}`")
    return code


def _hashed(password: str, name: str) -> str:
    fault = fault_in(password, name)
    if fault is not None:
        says = {
            "short": "a password has at least 12 characters",
            "long": "a password has at most 200 characters",
            "common": "this password is easily guessed; put four unrelated words together",
        }
        raise AccountError(fault, says[fault])
    return hash_password(password)
