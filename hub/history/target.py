"""Where the copy goes: what is asked of a server, and an InfluxDB 2 write API that gives it."""

import logging
from collections.abc import Sequence
from typing import Any, Protocol

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from influxdb_client.service.ping_service import PingService
from urllib3.exceptions import HTTPError

from hub.errors import HubError

log = logging.getLogger(__name__)


class HistoryRefused(HubError, ValueError):
    """The server will not take what we write: the token, organisation, bucket or address is wrong."""


class TargetAway(HubError, ConnectionError):
    """The server cannot be reached, or not now; what it had last answered may be forgotten."""


class TargetBusy(TargetAway):
    """The server lives but wants us to wait; it has forgotten nothing."""


class Target(Protocol):
    """Where the copy goes."""

    @property
    def name(self) -> str:
        """What it is, without any secret; another name is another copy."""

    @property
    def connections(self) -> int:
        """How many connections were made so far; the last answer came over the newest."""

    def write(self, lines: Sequence[str]) -> None:
        """Write line protocol and return when it is answered. Raises TargetAway, HistoryRefused."""

    def ping(self) -> None:
        """Return when the server has answered. Raises TargetAway."""


class InfluxTarget:
    """A bucket behind an InfluxDB 2 write API, written synchronously with a deadline.

    Never the client's batching: it keeps points in memory and drops them when its retries run out.
    """

    def __init__(self, *, url: str, org: str, bucket: str, token: str | None, deadline_s: float) -> None:
        self.name = f"{url.rstrip('/')} {org}/{bucket}"
        self.connections = 0
        self._org, self._bucket = org, bucket
        deadline_ms = int(deadline_s * 1000)
        self._client: Any = InfluxDBClient(url=url, token=token or "", org=org, timeout=deadline_ms)
        self._write_api = self._client.write_api(write_options=SYNCHRONOUS)
        ping_service: Any = PingService
        self._ping = ping_service(self._client.api_client)
        self._count_connections(self._client.api_client.rest_client.pool_manager.connection_from_url(url))

    def write(self, lines: Sequence[str]) -> None:
        """Write the lines. Raises TargetAway, TargetBusy and HistoryRefused."""
        try:
            self._write_api.write(bucket=self._bucket, org=self._org, record="\n".join(lines))
        except ApiException as error:
            self._judge(error)
        except HTTPError as error:
            raise TargetAway(f"{self.name}: {_in_one_line(error)}") from None
        else:
            status = self._client.api_client.last_response.status
            if status != 204:
                raise HistoryRefused(
                    f"{self.name}: answered {status} where a write API answers 204; check the URL"
                )

    def ping(self) -> None:
        """Ask, over the same connection, whether it lives; any answer of its will do. Raises TargetAway."""
        try:
            self._ping.get_ping()
        except ApiException as error:
            if not error.status or error.status >= 500:
                raise TargetAway(f"{self.name}: answered {error.status} to a ping") from None
        except HTTPError as error:
            raise TargetAway(f"{self.name}: {_in_one_line(error)}") from None

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _judge(self, error: ApiException) -> None:
        status, said = int(error.status or 0), _in_one_line(error.message)
        if status == 429:
            raise TargetBusy(f"{self.name}: answered 429 {said}") from None
        if status in (0, 408) or status >= 500:
            raise TargetAway(f"{self.name}: {status or _in_one_line(error.reason)} {said}") from None
        if status == 422:
            # The rest of the batch is written; these are outside its retention or of another type.
            log.warning("points refused target=%s reason=%s", self.name, said)
            return
        hints = {
            401: "give the right token (--token-file or KUZET_INFLUX_TOKEN)",
            403: "give a token that may write to this bucket (--token-file or KUZET_INFLUX_TOKEN)",
            404: "check the URL, --org and --bucket",
        }
        hint = hints.get(status, "check the URL")
        raise HistoryRefused(f"{self.name}: answered {status} {said}; {hint}") from None

    def _count_connections(self, pool: Any) -> None:
        kind = pool.ConnectionCls

        def connect(connection: Any) -> None:
            self.connections += 1
            kind.connect(connection)

        pool.ConnectionCls = type(kind.__name__, (kind,), {"connect": connect})


def _in_one_line(said: object) -> str:
    return " ".join(str(said).split())[:200]
