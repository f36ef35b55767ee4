"""The one broker session over paho-mqtt: connects for ever, never lets a callback kill the loop.

Messages come in on the session's own thread; a receiver only puts them on a queue.
The same thread writes everything; who publishes only queues and wakes it.
A PUBACK promises nothing (docs/decisions/0001), so the session is clean and a lost connection keeps nothing:
each connection has a client of its own, and what that one had not delivered goes with it.
"""

import ipaddress
import logging
import random
import ssl
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import paho.mqtt.client as mqtt
from msgspec import Meta, Struct
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from protocol.clock import Clock, SystemClock
from protocol.errors import BrokerUnreachable

log = logging.getLogger(__name__)

#: Wait between two tries to connect, seconds: doubled from the first to the last, times a random 0.5–1.
FIRST_WAIT_S = 0.25
LAST_WAIT_S = 15.0
#: Outgoing QoS 1 messages without PUBACK; more wait inside paho, until the connection ends.
MAX_INFLIGHT = 1000
#: A connection that ends sooner was not one, seconds; and so many in a row are said.
BRIEF_S = 3.0
BRIEF_TOO_OFTEN = 3
#: One turn of the network loop, seconds; also how long `stop` may have to wait for it.
TURN_S = 0.5
#: How often it is looked whether our certificate was renewed, seconds.
RENEWED_EVERY_S = 5.0


class BrokerConfig(Struct, frozen=True, kw_only=True):
    """Where the broker is and who we are there."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    client_id: str
    username: str | None = None
    password: str | None = None
    #: A dead connection is noticed by the broker after 1.5 × this, seconds.
    keepalive_s: Annotated[int, Meta(ge=5, le=600)] = 10
    #: Certificate authority of the broker; with it the connection is TLS.
    ca_file: str | None = None
    #: Our own certificate, by which a broker of a campus knows us; read at each connection, so that it is
    #: renewed without a restart.
    certificate_file: str | None = None
    #: Its key; None: both are in one file.
    key_file: str | None = None
    #: Plaintext beyond this machine, said on purpose.
    allow_plaintext: bool = False

    def __post_init__(self) -> None:
        """Refuse a port that is none, and plaintext to another machine unless it is said on purpose."""
        if not 1 <= self.port <= 65535:
            raise ValueError(f"port must be 1 to 65535, got {self.port}")
        if self.certificate_file is not None and self.ca_file is None:
            raise ValueError(
                "`certificate_file` without `ca_file`: nobody is shown a certificate in plaintext"
            )
        if self.key_file is not None and self.certificate_file is None:
            raise ValueError("`key_file` without `certificate_file`: a key needs its certificate")
        if self.ca_file is None and not self.allow_plaintext and not _is_loopback(self.host):
            raise ValueError(
                f"broker {self.host} is another machine and `ca_file` is not set: "
                "set it, or `allow_plaintext = true` if the wire is trusted"
            )


class Publication(Struct, frozen=True, kw_only=True):
    """Something to publish."""

    topic: str
    payload: bytes
    retain: bool = False


class Subscription(NamedTuple):
    """A topic to hear, and whether the broker waits for our PUBACK (1) or not (0)."""

    topic: str
    qos: int = 1


#: Called with topic, payload and whether it is a retained copy from before.
Receiver = Callable[[str, bytes, bool], None]


class Session:
    """A connection to one broker that comes back by itself."""

    def __init__(
        self,
        config: BrokerConfig,
        *,
        on_message: Receiver,
        subscriptions: Sequence["str | Subscription"] = (),
        will: Publication | None = None,
        on_connected: Callable[[], None] | None = None,
        jitter: Callable[[], float] = random.random,
        clock: Clock | None = None,
    ) -> None:
        self._config = config
        self._receive = on_message
        self._subscriptions = tuple(
            Subscription(one) if isinstance(one, str) else one for one in subscriptions
        )
        self._will = will
        self._greet = on_connected
        self._jitter = jitter
        self._clock = clock if clock is not None else SystemClock()
        self._stopping = threading.Event()
        self._connected = threading.Event()
        #: Exceptions swallowed in callbacks; any is a bug, none may blind us.
        self.callback_errors = 0
        #: Times the connection came up.
        self.connects = 0
        self._is_accepted = False
        #: Connections in a row that ended at once.
        self._brief = 0
        self._is_down_said = False
        #: Until when what is queued may still go out, monotonic seconds; None: `stop` was not asked.
        self._leave_by_s: float | None = None
        #: The certificate of this connection, as its file was then.
        self._shown: tuple[int, int] | None = None
        #: The newest connection's. Built here as well, so that a bad `ca_file` is said to whoever sets us up.
        #: Our own certificate is not: with none that can be used there is no connection, and everything else
        #: goes on.
        self._client = self._build(with_certificate=False)
        self._thread = threading.Thread(target=self._run, name=f"mqtt-{config.client_id}", daemon=True)

    @property
    def is_connected(self) -> bool:
        """Whether the broker has accepted us and the connection has not been seen to fail."""
        return self._connected.is_set()

    def start(self) -> None:
        """Start to connect; returns at once."""
        self._thread.start()

    def wait_connected(self, timeout_s: float) -> None:
        """Wait until connected. Raises BrokerUnreachable after `timeout_s`."""
        if not self._connected.wait(timeout_s):
            where = f"{self._config.host}:{self._config.port}"
            raise BrokerUnreachable(f"no broker answered at {where} within {timeout_s:g} s; is it running?")

    def publish(self, publication: Publication) -> bool:
        """Hand a QoS 1 message to the network; False when there is no connection (nothing is kept)."""
        # Client before flag: a client that has not been accepted yet would keep the message and send it late.
        client = self._client
        if not self._connected.is_set():
            return False
        info = client.publish(publication.topic, publication.payload, qos=1, retain=publication.retain)
        return info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def stop(self, goodbye: Publication | None = None, timeout_s: float = 2.0) -> None:
        """Say goodbye (best effort), disconnect politely so that the last will stays unsaid, and end."""
        client = self._client
        if goodbye is not None and self._connected.is_set():
            info = client.publish(goodbye.topic, goodbye.payload, qos=1, retain=goodbye.retain)
            try:
                info.wait_for_publish(timeout_s)
            except (RuntimeError, ValueError):
                log.warning("goodbye=lost topic=%s", goodbye.topic)
        self._leave_by_s = self._clock.monotonic() + timeout_s
        self._stopping.set()
        # Only queued, and so wakes the loop: the session's own thread writes it, see `_leave`.
        client.disconnect()
        if self._thread.is_alive():
            self._thread.join(timeout_s + TURN_S)

    def _build(self, *, with_certificate: bool = True) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=self._config.client_id, clean_session=True
        )
        client.max_inflight_messages_set(MAX_INFLIGHT)
        if self._config.username is not None:
            client.username_pw_set(self._config.username, self._config.password)
        if self._config.ca_file is not None:
            # Only this authority, the broker's name checked: what anybody else has signed is no broker of
            # ours.
            context = ssl.create_default_context(cafile=self._config.ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self._config.certificate_file is not None and with_certificate:
                context.load_cert_chain(self._config.certificate_file, self._config.key_file)
            client.tls_set_context(context)
        if self._will is not None:
            client.will_set(self._will.topic, self._will.payload, qos=1, retain=self._will.retain)
        # Without this, and without paho's own thread, paho writes on the thread of whoever publishes while
        # ours writes too, and frames mix. With it paho only queues and wakes `loop`, which looks by itself.
        client.on_socket_register_write = lambda *_: None
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        return client

    def _run(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._stopping.is_set():
            self._is_accepted = False
            began_s = self._clock.monotonic()
            self._stay_connected()
            self._connected.clear()
            lasted = self._is_accepted and self._clock.monotonic() - began_s > BRIEF_S
            self._note_brief(self._is_accepted and not lasted)
            wait_s = FIRST_WAIT_S if lasted else min(wait_s * 2, LAST_WAIT_S)
            self._stopping.wait(wait_s * (0.5 + self._jitter() / 2))

    def _note_brief(self, is_brief: bool) -> None:
        """Two clients with one id throw each other off for ever: wait longer each time, and say it."""
        self._brief = self._brief + 1 if is_brief else 0
        if self._brief == BRIEF_TOO_OFTEN:
            log.error("broker=ends-us-at-once is=another-client-with-our-id? id=%s", self._config.client_id)

    def _stay_connected(self) -> None:
        try:
            # Before it is read: one that is renewed meanwhile is then seen to be newer.
            self._shown = self._certificate_now()
            # A client that lost its connection would send what it still holds, late and with an old instant.
            client = self._client = self._build()
            client.connect(self._config.host, self._config.port, self._config.keepalive_s)
            code = MQTTErrorCode.MQTT_ERR_SUCCESS
            look_s = self._clock.monotonic() + RENEWED_EVERY_S
            while code == MQTTErrorCode.MQTT_ERR_SUCCESS and not self._stopping.is_set():
                code = client.loop(TURN_S)
                if self._shown is not None and self._clock.monotonic() >= look_s:
                    look_s = self._clock.monotonic() + RENEWED_EVERY_S
                    if self._certificate_now() not in (self._shown, None):
                        log.info("certificate=renewed connection=made-anew")
                        self._connected.clear()
                        self._leave(client, self._clock.monotonic() + TURN_S)
                        return
            if self._leave_by_s is not None:
                self._leave(client, self._leave_by_s)
        except OSError as error:
            self._say_down(str(error))
        except Exception:
            # paho raises more than its documentation lists (#365, #504); the loop must come back.
            self.callback_errors += 1
            log.exception("mqtt=loop-failed")

    def _certificate_now(self) -> tuple[int, int] | None:
        """What tells one file of our certificate from the next; None: there is none now."""
        if self._config.certificate_file is None:
            return None
        try:
            found = Path(self._config.certificate_file).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _leave(self, client: mqtt.Client, by_s: float) -> None:
        """Write what is queued and a DISCONNECT behind it; a broker that reads nothing is left at `by_s`."""
        # Again: `stop` may have asked a client that had no socket yet.
        client.disconnect()
        while client.loop(TURN_S) == MQTTErrorCode.MQTT_ERR_SUCCESS and self._clock.monotonic() < by_s:
            pass

    def _say_down(self, why: str) -> None:
        if not self._is_down_said:
            log.warning("broker=unreachable at=%s:%s why=%s", self._config.host, self._config.port, why)
            self._is_down_said = True

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        if code.is_failure:
            log.error("broker=refused why=%s", code)
            return
        self.connects += 1
        self._is_accepted = True
        self._is_down_said = False
        for wanted in self._subscriptions:
            client.subscribe(wanted.topic, qos=wanted.qos)
        self._connected.set()
        log.info("broker=connected at=%s:%s", self._config.host, self._config.port)
        if self._greet is not None:
            self._guard(self._greet)

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, _mid: int, codes: list[ReasonCode], _properties: object
    ) -> None:
        if any(code.is_failure for code in codes):
            log.error("broker=refuses-subscription client_id=%s why=%s", self._config.client_id, codes)

    def _on_disconnect(
        self, _client: mqtt.Client, _data: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        self._connected.clear()
        if not self._stopping.is_set() and not self._is_down_said:
            log.warning("broker=lost why=%s", code)
            self._is_down_said = True

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        try:
            self._receive(message.topic, bytes(message.payload), message.retain)
        except Exception:
            self.callback_errors += 1
            log.exception("receiver=failed topic=%s", message.topic)

    def _guard(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            self.callback_errors += 1
            log.exception("callback=failed")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
