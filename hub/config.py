"""The hub's own file, `hub.toml`: where the broker and the store are, and how long an allowance holds."""

from typing import Annotated

from msgspec import Meta, Struct

from protocol.broker import BrokerConfig
from protocol.quantities import Duration


class HubConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one hub runs."""

    #: The campus file, changed from the dashboards too, and the folder of regime profiles.
    campus: str
    regime: str
    #: Folder of the store; made when missing.
    data: str
    broker: BrokerConfig
    #: Folder of copies, from which a damaged store is restored; None: `backups` in the data folder.
    backups: str | None = None
    #: The file of receivers, which the courier reads too; None: people are told on the board only.
    receivers: str | None = None
    #: An allowance older than this is unknown to a node. It is renewed three times as often.
    allowance_valid: Duration = Duration("60s")
    #: How often rules are checked and the board is written.
    tick: Duration = Duration("200ms")
    #: How often the fold is saved.
    snapshot_every: Duration = Duration("30s")
    #: Most messages written in one transaction.
    group: Annotated[int, Meta(ge=1, le=10_000)] = 500

    def __post_init__(self) -> None:
        """Refuse times that make no sense."""
        for name in ("allowance_valid", "tick", "snapshot_every"):
            if getattr(self, name).seconds <= 0:
                raise ValueError(f"{name} must be more than 0 s")
