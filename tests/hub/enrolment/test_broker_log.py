import pytest

from hub.enrolment.broker_log import BrokerLog, Kind

#: As mosquitto 2.0.11 has written them.
NODE = "kuzet/1/demo/node/node-b"
REFUSALS = {
    "no certificate": (
        [
            "1795470901: New connection from 10.0.0.7:33870 on port 8883.",
            "1795470901: OpenSSL Error[0]: error:0A0000C7:SSL routines::peer did not return a certificate",
            "1795470901: Client <unknown> disconnected: Protocol error.",
        ],
        "refused=connection from=10.0.0.7 why='peer did not return a certificate'",
    ),
    "revoked, by a ticket": (
        ["Client connection from 10.0.0.7 failed: error:0A000086:SSL routines::certificate verify failed."],
        "refused=connection from=10.0.0.7 why='certificate verify failed'",
    ),
    "foreign topic": (
        ["Denied PUBLISH from node-b (d0, q1, r1, m1, 'kuzet/1/demo/hub/status', ... (14 bytes))"],
        "refused=publish from=node-b topic='kuzet/1/demo/hub/status' retained=1 bytes=14",
    ),
    "foreign will": (
        [
            "New client connected from 10.0.0.7:33868 as node-b (p2, c1, k60, u'node-b').",
            "Will message specified (1 bytes) (r1, q1).",
            "\tkuzet/1/demo/node/node-a/status",
        ],
        "refused=will from=node-b topic='kuzet/1/demo/node/node-a/status'",
    ),
    "foreign subscription": (
        ["Received SUBSCRIBE from node-b", "\t# (QoS 1)"],
        "refused=subscription from=node-b topic='#'",
    ),
}
QUIET = [
    "Received PUBLISH from node-b (d0, q1, r0, m1, 'kuzet/1/demo/node/node-b/events', ... (1 bytes))",
    "Sending PUBACK to node-b (m1, rc0)",
    "No will message specified.",
    "Received PINGREQ from node-b",
    "Received SUBSCRIBE from node-b",
    f"\t{NODE}/ack (QoS 1)",
    f"\t{NODE}/signal (QoS 1)",
    "Sending SUBACK to node-b",
]


@pytest.mark.parametrize("kind", REFUSALS)
def test_refusal_is_one_line_that_says_whom_and_what(kind: str) -> None:
    lines, told = REFUSALS[kind]
    log = BrokerLog("demo")
    said = [one for line in lines if (one := log.read(line + "\n")) is not None and one.kind is Kind.REFUSED]
    assert [one.text for one in said] == [told]


def test_work_is_not_said() -> None:
    log = BrokerLog("demo")
    assert [log.read(line) for line in QUIET] == [None] * len(QUIET)


def test_own_will_is_no_refusal() -> None:
    log = BrokerLog("demo")
    log.read("New client connected from 10.0.0.7:33868 as node-b (p2, c1, k60, u'node-b').")
    assert log.read("Will message specified (1 bytes) (r1, q1).") is None
    assert log.read(f"\t{NODE}/status") is None


def test_second_session_of_one_identity_is_said() -> None:
    log = BrokerLog("demo")
    log.read("New connection from 10.0.0.9:1 on port 8883.")
    said = log.read("Client node-b already connected, closing old connection.")
    assert said is not None
    assert (said.kind, said.text) == (Kind.TAKEN_OVER, "taken-over=node-b by=10.0.0.9")


def test_what_it_does_not_know_it_passes_on() -> None:
    said = BrokerLog("demo").read("1795470901: Error: Unable to load CRL file.")
    assert said is not None
    assert (said.kind, said.text) == (Kind.OTHER, "Error: Unable to load CRL file.")
