"""Whoever sends slowly, or never reads, holds nothing that others need."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.serving.patient_worker import HEAD_S, PatientSocket, Reading
from protocol.clock import SystemClock
from tests.dashboards.browser import ServedBoard
from tests.fakes.edge import FakeClock


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_what_is_not_here_in_time_is_given_up(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    clock = FakeClock()
    patient = PatientSocket(ours, clock)
    patient.expect(HEAD_S)
    for _ in range(3):
        theirs.send(b"x")
        assert patient.recv(1) == b"x"
        clock.advance(HEAD_S / 2.9)
    # A byte now and then does not make the time longer.
    theirs.send(b"x")
    with pytest.raises(ConnectionResetError):
        patient.recv(1)


def test_silence_ends_when_the_time_is_over(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    patient = PatientSocket(ours, SystemClock())
    patient.expect(0.05)
    with pytest.raises(ConnectionResetError):
        patient.recv(1)


def test_one_address_sends_only_so_much_at_once_and_a_proxy_here_any() -> None:
    reading = Reading(2)
    assert [reading.enter("10.0.0.7") for _ in range(3)] == [True, True, False]
    assert reading.enter("10.0.0.8")
    reading.leave("10.0.0.7")
    assert reading.enter("10.0.0.7")
    assert all(reading.enter("127.0.0.1") for _ in range(50))


def test_half_heads_are_hung_up_on_and_pages_come_again(tmp_path: Path) -> None:
    board = ServedBoard(tmp_path, "--max-streams", "2")
    try:
        # More than there are threads.
        held = [socket.create_connection(("127.0.0.1", board.port)) for _ in range(40)]
        for one in held:
            one.sendall(b"GET /board HTTP/1.1\r\nHost: k")
        held[0].settimeout(HEAD_S * 4)
        assert held[0].recv(1) == b""
        with socket.create_connection(("127.0.0.1", board.port)) as asker:
            asker.settimeout(HEAD_S * 4)
            asker.sendall(b"GET /healthz HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n")
            assert asker.recv(12).startswith(b"HTTP/1.1 ")
        for one in held:
            one.close()
    finally:
        board.close()
