"""A university's identity provider on loopback: OpenID Connect with PKCE and RSA-signed id tokens.

It behaves as a real one does unless told to lie: `claims` are laid over what it says, `key` may be foreign.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "kuzet", "the-secret-of-the-client"


class Journey(NamedTuple):
    """A sign-in that was begun here."""

    nonce: str
    challenge: str
    redirect: str


class IdentityProvider:
    """One provider with one person signed in to it."""

    def __init__(self) -> None:
        self.own_key = RSAKey.generate_key(2048, {"kid": "one"})
        #: What id tokens are signed with.
        self.key = self.own_key
        #: Laid over the claims of the next id tokens; None takes a claim away.
        self.claims: dict[str, Any] = {}
        #: Laid over what it says of itself.
        self.metadata: dict[str, Any] = {}
        self.person: dict[str, Any] = {"sub": "u-1", "preferred_username": "Айгүл", "groups": ["staff"]}
        self._journeys: dict[str, Journey] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._token(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @contextmanager
    def served(self) -> Iterator["IdentityProvider"]:
        """It answers while this lasts."""
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def approve(self, address: str) -> str:
        """What the browser does there: the address it is sent to, in; the one it comes back to, out."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = f"code-{len(self._journeys)}"
        self._journeys[code] = Journey(asked["nonce"], asked["code_challenge"], asked["redirect_uri"])
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': asked['state']})}"

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/.well-known/openid-configuration":
            said = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
            _answer(handler, 200, {**said, **self.metadata})
        elif handler.path == "/keys":
            _answer(handler, 200, {"keys": [self.own_key.as_dict(private=False)]})
        else:
            _answer(handler, 404, {})

    def _token(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        asked = {key: values[0] for key, values in parse_qs(body).items()}
        journey = self._journeys.pop(asked["code"], None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        proof = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        if (
            journey is None
            or handler.headers["Authorization"] != f"Basic {basic}"
            or base64.urlsafe_b64encode(proof).decode().rstrip("=") != journey.challenge
            or asked["redirect_uri"] != journey.redirect
        ):
            _answer(handler, 400, {"error": "invalid_grant"})
            return
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": journey.nonce}
        claims = {**claims, **self.person, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        _answer(handler, 200, {"access_token": "a", "token_type": "Bearer", "id_token": token})


def _answer(handler: BaseHTTPRequestHandler, status: int, body: object) -> None:
    encoded = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(encoded)))
    handler.end_headers()
    handler.wfile.write(encoded)
