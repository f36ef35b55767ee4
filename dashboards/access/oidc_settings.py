"""How the identity provider is reached and who may come in by it: a TOML file in, settings out."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from hub.store.accounts import Role
from protocol.config import read_struct
from protocol.errors import ConfigError

#: Where the secret stands when the file names none.
SECRET_VARIABLE = "KUZET_OIDC_SECRET"
_Text = Annotated[str, Meta(min_length=1, max_length=200)]
#: The most a mapping gives, first.
_RANK = (Role.ADMIN, Role.MANAGER, Role.GUARD, Role.AUDITOR)


class Roles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which groups of the provider have which role; who is in several has the one named first here."""

    admin: tuple[_Text, ...] = ()
    manager: tuple[_Text, ...] = ()
    guard: tuple[_Text, ...] = ()
    auditor: tuple[_Text, ...] = ()


class Provider(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[oidc]`."""

    #: As the provider calls itself; below it stands `.well-known/openid-configuration`.
    issuer: _Text
    client_id: _Text
    #: A file with the client's secret and nothing else; without one the environment is asked.
    secret_file: _Text | None = None
    #: What the button says.
    title: _Text = "SSO"
    #: The address people type to reach us, as the provider knows it; null: the one they came by.
    address: _Text | None = None
    scopes: tuple[_Text, ...] = ("openid", "profile")
    #: The claim that is the account's name here.
    name_claim: _Text = "preferred_username"
    #: The claim that lists groups.
    groups_claim: _Text = "groups"
    #: `known`: only accounts that are here already; `create`: also those whose group has a role.
    accounts: Literal["known", "create"] = "known"
    roles: Roles = Roles()

    def __post_init__(self) -> None:
        """Refuse an issuer that anybody on the way can pretend to be, and a mapping that lets nobody in."""
        for field, address in (("issuer", self.issuer), ("address", self.address)):
            parts = urlsplit(address or self.issuer)
            if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
                raise ValueError(f"`{field}` must begin with https://, got `{address}`")
        if "openid" not in self.scopes:
            raise ValueError("`scopes` must have `openid`")
        if self.accounts == "create" and not any(msgspec.structs.astuple(self.roles)):
            raise ValueError("`accounts` is `create`, but no group has a role: fill in [oidc.roles]")


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    oidc: Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """The provider and the secret it knows us by."""

    provider: Provider
    secret: str

    def role_of(self, groups: object) -> Role | None:
        """The role of somebody in these groups; None when none of them has one."""
        named = {groups} if isinstance(groups, str) else set(groups) if isinstance(groups, list) else set()
        for role in _RANK:
            if named & set(getattr(self.provider.roles, role.value)):
                return role
        return None


def read_oidc(path: Path) -> OidcSettings:
    """The settings in a file. Raises ConfigError."""
    provider = read_struct(path, _File).oidc
    if provider.secret_file is None:
        secret = os.environ.get(SECRET_VARIABLE, "")
        if not secret:
            raise ConfigError([f"{path}: $.oidc: `secret_file` is missing and {SECRET_VARIABLE} is not set"])
        return OidcSettings(provider=provider, secret=secret)
    secret_path = path.parent / provider.secret_file
    try:
        secret = secret_path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError([f"{path}: $.oidc.secret_file: {secret_path}: {error.strerror}"]) from None
    if not secret:
        raise ConfigError([f"{path}: $.oidc.secret_file: {secret_path} is empty"])
    return OidcSettings(provider=provider, secret=secret)
