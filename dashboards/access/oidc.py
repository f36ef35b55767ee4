"""Signing in at the university's identity provider (OpenID Connect, by Authlib): there and back again."""

from typing import Any

from flask import Blueprint, Flask, current_app, render_template, request, session, url_for
from werkzeug.wrappers import Response

from dashboards.access.auditing import record
from dashboards.access.gate import safe_next
from dashboards.access.oidc_settings import OidcSettings
from dashboards.access.whence import absolute
from dashboards.pages.sign_in import let_in
from dashboards.services import services

blueprint = Blueprint("oidc", __name__)
_CLIENT = "kuzet-oidc"
_NEXT = "oidc_next"
#: How far the provider's clock and ours may differ, and how long it may take to answer, seconds.
_LEEWAY_S = 30
_PATIENCE_S = 10


class OidcMissing(ImportError):
    """What signing in at a provider needs is not installed."""


def add_oidc(app: Flask, settings: OidcSettings) -> None:
    """Let people in by the provider. Raises OidcMissing where the extra is not installed."""
    try:
        from authlib.integrations.flask_client import OAuth
    except ImportError as error:
        raise OidcMissing(
            f"signing in at an identity provider needs {error.name}; install it: pip install 'kuzet[oidc]'"
        ) from None
    provider = settings.provider
    with app.app_context():
        # What is remembered of a journey is in the store and taken out once; the cookie has only its name.
        oauth: Any = OAuth(app, cache=services().accounts.journeys)  # type: ignore[no-untyped-call]  # Authlib carries no types
    app.extensions[_CLIENT] = oauth.register(
        "provider",
        client_id=provider.client_id,
        client_secret=settings.secret,
        server_metadata_url=provider.issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": " ".join(provider.scopes),
            "code_challenge_method": "S256",
            "default_timeout": _PATIENCE_S,
        },
    )
    app.register_blueprint(blueprint)


@blueprint.get("/sign-in/provider")
def begin() -> Response | tuple[str, int]:
    """Send the browser to the provider."""
    from requests import RequestException

    session[_NEXT] = safe_next(request.args.get("next"))
    try:
        _require_issuer()
        sent: Response = _client().authorize_redirect(_back_address())
    except (RequestException, ValueError, RuntimeError) as error:
        return _failed("provider_away", 503, error)
    return sent


@blueprint.get("/sign-in/provider/back")
def back() -> Response | tuple[str, int]:
    """Whom the provider vouches for is let in, if there is an account."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError
    from requests import RequestException

    settings = services().settings.oidc
    assert settings is not None
    try:
        _require_issuer()
        claims = _claims(settings)
    except RequestException as error:
        return _failed("provider_away", 503, error)
    except (AuthlibBaseError, JoseError, ValueError, KeyError, RuntimeError) as error:
        return _failed("provider", 403, error)
    provider = settings.provider
    granted = services().accounts.sign_in_by_provider(
        provider.issuer,
        str(claims["sub"])[:255],
        str(claims.get(provider.name_claim, "")),
        settings.role_of(claims.get(provider.groups_claim)),
        may_make=provider.accounts == "create",
    )
    if granted is None:
        return _failed("provider_nobody", 403, ValueError("no account"))
    return let_in(granted, session.get(_NEXT), way="provider")


def _claims(settings: OidcSettings) -> dict[str, Any]:
    provider = settings.provider
    options = {
        "iss": {"essential": True, "values": [provider.issuer]},
        "aud": {"essential": True, "values": [provider.client_id]},
    }
    answer: dict[str, Any] = _client().authorize_access_token(claims_options=options, leeway=_LEEWAY_S)
    claims: dict[str, Any] | None = answer.get("userinfo")
    if not claims:
        raise ValueError("the provider sent no id token")
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != provider.client_id:
        raise ValueError("the id token is for others too and does not say that we asked for it")
    return claims


def _require_issuer() -> None:
    """Refuse metadata that speak for another issuer than the one in the file."""
    settings = services().settings.oidc
    assert settings is not None
    said = _client().load_server_metadata().get("issuer")
    if said != settings.provider.issuer:
        raise ValueError(f"the provider calls itself `{said}`, the file `{settings.provider.issuer}`")


def _back_address() -> str:
    settings = services().settings.oidc
    assert settings is not None
    if settings.provider.address is not None:
        return settings.provider.address.rstrip("/") + url_for("oidc.back")
    return absolute(url_for("oidc.back"))


def _failed(fault: str, status: int, error: Exception) -> tuple[str, int]:
    """The sign-in form with what to do; what went wrong is for the log, not for the stranger."""
    record("sign_in.failed", detail={"way": "provider", "fault": fault})
    current_app.logger.warning("oidc=%s error=%s", fault, type(error).__name__)
    session.clear()
    page = render_template(
        "sign_in.html",
        code="",
        fault=fault,
        wait_s=0,
        given={},
        next="/board",
        asker=None,
        provider=services().settings.oidc,
    )
    return page, status


def _client() -> Any:
    return current_app.extensions[_CLIENT]
