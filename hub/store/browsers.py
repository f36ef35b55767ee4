"""Browsers an account has signed in with before, so that guesses made elsewhere do not keep it out."""

import secrets

from sqlalchemy import Connection, Engine, delete, insert, select

from hub.store.access_tables import known_browser
from hub.store.names import digest

#: Browsers remembered for one account; the longest unseen is forgotten first.
_MOST = 20


class Browsers:
    """The browsers that are known, each by the hash of its own long-lived cookie."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def is_known(self, browser: str, key: int) -> bool:
        """Whether the account of that number has signed in with this browser."""
        if not browser:
            return False
        query = select(known_browser.c.seen_ms).where(
            known_browser.c.browser_hash == digest(browser), known_browser.c.user_id == key
        )
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def remember(self, browser: str, key: int, now_ms: int) -> str:
        """The browser's token, made anew for one that has none or a foreign one; the account is let in."""
        with self._engine.begin() as connection:
            token = browser if browser and self._is_ours(connection, browser) else secrets.token_urlsafe(32)
            mine = (known_browser.c.browser_hash == digest(token)) & (known_browser.c.user_id == key)
            connection.execute(delete(known_browser).where(mine))
            values = {"browser_hash": digest(token), "user_id": key, "seen_ms": now_ms}
            connection.execute(insert(known_browser).values(values))
            kept = select(known_browser.c.browser_hash).where(known_browser.c.user_id == key)
            kept = kept.order_by(known_browser.c.seen_ms.desc()).limit(_MOST)
            old = known_browser.c.browser_hash.not_in(kept) & (known_browser.c.user_id == key)
            connection.execute(delete(known_browser).where(old))
        return token

    def forget(self, connection: Connection, key: int) -> None:
        """Forget every browser of an account."""
        connection.execute(delete(known_browser).where(known_browser.c.user_id == key))

    def _is_ours(self, connection: Connection, browser: str) -> bool:
        """A cookie that was planted is in no row: it is not taken over."""
        query = select(known_browser.c.user_id).where(known_browser.c.browser_hash == digest(browser))
        return connection.execute(query).first() is not None
