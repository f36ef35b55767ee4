"""What is handed to a receiver and what it says about it, as values. Pure."""

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from protocol.quantities import Duration, Id

#: The longest fault that is kept, characters.
FAULT_LENGTH = 200


class Outcome(Enum):
    """What became of one attempt."""

    ACCEPTED = "accepted"
    #: It may work later: no network, 429, 5xx.
    PASSING = "passing"
    #: It will not work until somebody mends something: a wrong address or token.
    PERMANENT = "permanent"
    #: The worker died, or the provider fell silent after it was told: it may have taken it.
    UNKNOWN = "unknown"


class Message(Struct, frozen=True, kw_only=True):
    """One text for one receiver."""

    #: The ids of the notifications it carries; one, or those of a digest.
    ids: tuple[str, ...]
    #: Short and stable, in the text: a person sees by it that a message came twice.
    short_id: str
    title: str
    text: str
    #: Where to read more and to act; None without a base address.
    link: str | None = None
    priority: int = 2
    language: str = "kk"
    is_drill: bool = False
    #: Files that go with it where the receiver is mail, by their paths.
    attachments: tuple[str, ...] = ()


class Sent(Struct, frozen=True, kw_only=True):
    """What a receiver said. `fault` never holds an address, a token or what a provider wrote."""

    outcome: Outcome
    fault: str = ""
    #: The provider's answer where it is a number.
    status: int | None = None
    #: Seconds the provider wants us to wait.
    retry_after_s: float | None = None


class ReceiverConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every kind of receiver has in `receivers.toml`. Its address may be a secret."""

    id: Id
    kind: str
    #: One of the three: the address itself, a file of mode 0600 with it, or an environment variable.
    url: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None
    url_file: str | None = None
    url_env: str | None = None
    #: The worker that has not answered by then is killed, and the outcome is unknown.
    deadline: Duration = Duration("15s")
    #: Overrides the language of the duty.
    language: Annotated[str, Meta(pattern=r"^(kk|ru|en)$")] | None = None
    #: Most messages in any minute, and the least time between two.
    per_minute: Annotated[int, Meta(ge=1, le=600)] = 30
    spacing: Duration = Duration("0s")
    #: Addresses of this machine and of private networks are only spoken to when this is true.
    allow_private: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        given = [name for name in ("url", "url_file", "url_env") if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(f"`{name}`" for name in given) or "none"
            raise ValueError(f"exactly one of `url`, `url_file`, `url_env` is wanted, got {said}")
        if not 0.05 <= self.deadline.seconds <= 120:
            raise ValueError(f"deadline must be 50ms to 120s, got {self.deadline.text}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"


class Letterbox(Struct, frozen=True, kw_only=True):
    """A receiver with its secrets read: what a worker needs. Its repr shows none of them."""

    config: ReceiverConfig
    url: str
    #: The second secret, where the kind has one: a token or a signing key.
    key: str | None = None

    def __repr__(self) -> str:
        return f"Letterbox({self.config.id!r}, {self.config.kind!r})"


def accepted(status: int | None = None) -> Sent:
    """The provider has taken it."""
    return Sent(outcome=Outcome.ACCEPTED, status=status)


def passing(fault: str, status: int | None = None, retry_after_s: float | None = None) -> Sent:
    """It may work later."""
    return Sent(
        outcome=Outcome.PASSING, fault=fault[:FAULT_LENGTH], status=status, retry_after_s=retry_after_s
    )


def unknown(fault: str) -> Sent:
    """Nobody knows whether the provider has taken it."""
    return Sent(outcome=Outcome.UNKNOWN, fault=fault[:FAULT_LENGTH])


def permanent(fault: str, status: int | None = None) -> Sent:
    """It will not work until somebody mends something."""
    return Sent(outcome=Outcome.PERMANENT, fault=fault[:FAULT_LENGTH], status=status)
