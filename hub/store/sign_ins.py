"""Coming in: a password, a one-time code, an app's code, a PIN or a provider's word in, a sitting out."""

from typing import NamedTuple

from sqlalchemy import Connection, Engine, insert, select, update

from hub.store import half_sign_ins, identities
from hub.store.browsers import Browsers
from hub.store.codes import typed
from hub.store.names import AccountError, clean_name, digest, folded, is_reserved
from hub.store.passwords import is_right
from hub.store.pins import ROLES as PIN_ROLES
from hub.store.pins import Pins
from hub.store.schema import one_time_code, user
from hub.store.second_step import SecondStep
from hub.store.sittings import Sittings, Visitor, Way
from hub.store.throttle import Throttle, pair
from hub.store.users import Role, User, alike, find_user, password_hash_of, user_by_id
from protocol.clock import Clock


class SignedIn(NamedTuple):
    """Somebody was let in, or as far as the second step."""

    #: Of the sitting; of the half sign-in when a code of an app is due.
    token: str
    #: The browser's long-lived cookie: the account is known in it from now on. Empty while half.
    browser: str
    is_half: bool
    #: Whose it is, for the record.
    user: User


class SignIns:
    """How people come in; `Accounts` adds the keeping of their accounts."""

    _engine: Engine
    _clock: Clock
    _throttle: Throttle
    _browsers: Browsers
    sittings: Sittings
    pins: Pins
    second_step: SecondStep

    def sign_in(self, name: str, password: str, address: str, browser: str = "") -> SignedIn | None:
        """A sitting for a name and password; None when either is wrong, which looks the same.

        `browser` is its long-lived cookie. Raises Throttled.
        """
        now, asked = self._now_ms(), folded(name)[:80]
        whom = [pair(asked, address), f"address:{address}", f"name:{asked}"]
        # A browser the account knows has a patience of its own: guesses made elsewhere do not make it wait.
        if browser:
            with self._engine.connect() as connection:
                known = find_user(connection, name)
            if known is not None and self._browsers.is_known(browser, known.id):
                whom = [f"browser:{digest(f'{known.id}:{browser}')[:40]}"]
        with self._throttle.attempt(whom, now) as attempt:
            with self._engine.connect() as connection:
                found = find_user(connection, name)
                stored = None if found is None else password_hash_of(connection, found.id)
            if not is_right(stored, password):
                return None
            assert found is not None
            with self._engine.connect() as connection:
                is_made = identities.is_made(connection, found.id)
            if found.is_disabled or is_made:
                return None
            attempt.succeed()
            with self._engine.begin() as connection:
                first = self._first_step(connection, found, None, Way.PASSWORD)
        return first if first.is_half else self._known(first, browser)

    def sign_in_by_code(
        self, code: str, address: str, shown_name: str | None = None, browser: str = ""
    ) -> SignedIn | None:
        """A sitting for a code nobody used yet; None when it is no such code.

        Raises Throttled, and AccountError when the shown name cannot be taken (the code stays good).
        """
        now = self._now_ms()
        with (
            self._throttle.attempt([f"code:{address}"], now) as attempt,
            self._engine.begin() as connection,
        ):
            fitting = one_time_code.c.code_hash == digest(typed(code))
            unused = fitting & one_time_code.c.used_ms.is_(None)
            row = connection.execute(
                select(one_time_code.c.user_id).where(unused, one_time_code.c.expires_ms > now)
            ).first()
            found = None if row is None else user_by_id(connection, row.user_id)
            if found is None or found.is_disabled:
                return None
            attempt.succeed()
            shown = _free_name(connection, shown_name, found)
            if connection.execute(update(one_time_code).where(unused).values(used_ms=now)).rowcount != 1:
                return None
            first = self._first_step(connection, found, shown, Way.CODE)
        return first if first.is_half else self._known(first, browser)

    def finish_sign_in(self, half: str, code: str, browser: str = "") -> SignedIn | None:
        """The second step: a code of the app or of the recovery sheet. None when it is wrong.

        Raises Throttled, and AccountError (`half`) when the first step is over: begin again.
        """
        now = self._now_ms()
        with self._engine.connect() as connection:
            begun = half_sign_ins.read(connection, half, now)
            found = None if begun is None else user_by_id(connection, begun.user_id)
        if begun is None or found is None or found.is_disabled:
            raise AccountError("half", "too long or too many wrong codes; begin to sign in again")
        if not self.second_step.is_right(found.id, code):
            with self._engine.begin() as connection:
                half_sign_ins.fail(connection, half)
            return None
        with self._engine.begin() as connection:
            if not half_sign_ins.finish(connection, half):
                return None
            way = Way.CODE if begun.by_code else Way.PASSWORD
            token = self.sittings.sit_down(connection, found.id, begun.shown_name, way)
        return self._known(SignedIn(token, "", False, found), browser)

    def half_of(self, half: str) -> User | None:
        """Whose sign-in waits for its second step."""
        with self._engine.connect() as connection:
            begun = half_sign_ins.read(connection, half, self._now_ms())
            return None if begun is None else user_by_id(connection, begun.user_id)

    def sign_on_by_pin(self, name: str, pin: str, address: str, asker: int | None = None) -> SignedIn | None:
        """A guard's sitting on a shared computer; None when name or PIN is wrong. Raises Throttled.

        `asker` is the account the browser is signed in with. Whoever calls makes sure that somebody has
        signed in to this browser before: a PIN is no password.
        """
        with self._engine.connect() as connection:
            found = find_user(connection, name)
        # An unknown name has a count of its own, so that it is answered and slowed down alike.
        key = found.id if found is not None else -1
        if not self.pins.is_right(key, pin, address, asker):
            return None
        if found is None or found.is_disabled or found.role not in PIN_ROLES:
            return None
        with self._engine.begin() as connection:
            if identities.is_made(connection, found.id):
                return None
            token = self.sittings.sit_down(connection, found.id, None, Way.PIN)
        return SignedIn(token, "", False, found)

    def sign_in_by_provider(
        self, issuer: str, subject: str, name: str, role: Role | None, *, may_make: bool
    ) -> SignedIn | None:
        """A sitting for whom the identity provider vouches; None when there is no account for them.

        Without `may_make` an account of that name is bound to them the first time, unless it has a password,
        a second step or the role of an administrator: then an administrator must have linked it. With
        `may_make` and a role an account is made, never one that is here taken over, and the provider says its
        role each time: none ends its sittings. The provider asks for its own second step, not we.
        """
        with self._engine.begin() as connection:
            bound = identities.account_of(connection, issuer, subject)
            found = user_by_id(connection, bound[0]) if bound else None
            if found is None:
                found = (
                    self._make(connection, issuer, subject, name, role)
                    if may_make
                    else self._bind(connection, issuer, subject, name)
                )
            elif bound is not None and bound[1]:
                # Made by the provider: whom it gives no role any more it lets in no more.
                if role is None:
                    self._put_out(connection, found)
                    return None
                found = self._follow(connection, found, role)
            if found is None or found.is_disabled:
                return None
            token = self.sittings.sit_down(connection, found.id, None, Way.PROVIDER)
        return SignedIn(token, "", False, found)

    def visitor(self, token: str) -> Visitor | None:
        """Who holds a sitting's token; None when nobody does, or no longer."""
        return self.sittings.visitor(token)

    def sign_out(self, token: str) -> None:
        """End the sitting."""
        self.sittings.end(token)

    def _first_step(self, connection: Connection, found: User, shown: str | None, way: Way) -> SignedIn:
        if found.has_second_step:
            half = half_sign_ins.begin(
                connection, found.id, shown, by_code=way is Way.CODE, now_ms=self._now_ms()
            )
            return SignedIn(half, "", True, found)
        return SignedIn(self.sittings.sit_down(connection, found.id, shown, way), "", False, found)

    def _known(self, granted: SignedIn, browser: str) -> SignedIn:
        return granted._replace(browser=self._browsers.remember(browser, granted.user.id, self._now_ms()))

    def _bind(self, connection: Connection, issuer: str, subject: str, name: str) -> User | None:
        """The account of that name, from now on theirs; None where the name alone is not enough."""
        try:
            found = find_user(connection, clean_name(name))
        except AccountError:
            return None
        if found is None or identities.is_bound(connection, issuer, found.id):
            # Nobody, or somebody else there was called so before.
            return None
        is_guarded = found.has_password or found.has_second_step or found.role is Role.ADMIN
        if is_guarded and not identities.take_link(connection, found.id, self._now_ms()):
            return None
        identities.bind(connection, issuer, subject, found.id, is_made=False)
        return found

    def _make(
        self, connection: Connection, issuer: str, subject: str, name: str, role: Role | None
    ) -> User | None:
        """A new account for whom the provider gives a role; None where the name is taken or looks so."""
        try:
            clean = clean_name(name)
        except AccountError:
            return None
        if role is None or is_reserved(clean) or alike(connection, clean) is not None:
            return None
        values = {"name": clean, "role": role.value, "created_ms": self._now_ms()}
        connection.execute(insert(user).values(values))
        found = find_user(connection, clean)
        assert found is not None
        identities.bind(connection, issuer, subject, found.id, is_made=True)
        return found

    def _put_out(self, connection: Connection, found: User) -> None:
        """End what the account has open; its browsers are strange ones again."""
        self.sittings.end_all(connection, found.id)
        half_sign_ins.end_all(connection, found.id)
        self._browsers.forget(connection, found.id)

    def _follow(self, connection: Connection, found: User, role: Role) -> User:
        if found.role is role:
            return found
        connection.execute(update(user).where(user.c.id == found.id).values(role=role.value))
        self.sittings.end_all(connection, found.id)
        return found._replace(role=role)

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _free_name(connection: Connection, shown: str | None, found: User) -> str | None:
    """The shown name, cleaned; None for the account's own.

    Nobody may show another account's name, one that looks like it, or one that speaks for the system.
    """
    if shown is None or not shown.strip():
        return None
    clean = clean_name(shown)
    if clean == found.name:
        return None
    other = alike(connection, clean, beside=found.id)
    if other is not None:
        raise AccountError("taken", f"`{clean}` looks like another's account; choose another name")
    if is_reserved(clean):
        raise AccountError("taken", f"`{clean}` is no person's name; choose another name")
    return clean
