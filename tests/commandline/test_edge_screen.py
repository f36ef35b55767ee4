import io
import json

from commandline.edge_screen import JsonLines, Picture, PlainLines, TerminalLines, line_of

DOOR = Picture(
    t_s=1.25,
    channel="main",
    kind="beam-pair",
    readings={"outer": "free", "inner": "BROKEN"},
    counted={"in": 3},
    last="last in: 1, confidence 0.97",
)
POST = Picture(
    t_s=1.25, channel="thermometer", kind="thermometer", readings={"object_c": 34.5, "raw": "0x3C1A"}
)
BROKEN = Picture(t_s=1.25, channel="air", kind="air", faults={"air-sensor": "no answer; check its supply"})


def later(picture: Picture) -> Picture:
    return Picture(t_s=9.0, channel=picture.channel, kind=picture.kind, readings=picture.readings)


def test_line_has_readings_with_units_counts_and_the_last_word() -> None:
    assert line_of(DOOR) == "main             outer free · inner BROKEN · in 3 · last in: 1, confidence 0.97"
    assert line_of(POST) == "thermometer      object 34.50 °C · raw 0x3C1A"


def test_line_of_a_channel_with_a_fault_begins_with_it() -> None:
    assert line_of(BROKEN) == "air              FAULT air-sensor: no answer; check its supply"


def test_line_of_a_channel_that_has_said_nothing() -> None:
    assert line_of(Picture(t_s=0.0, channel="air", kind="air")) == "air              waiting"


def test_plain_lines_are_printed_at_changes_only() -> None:
    out = io.StringIO()
    screen = PlainLines(out)
    screen.draw([POST])
    screen.draw([later(POST)])
    screen.draw([DOOR])
    assert out.getvalue().splitlines() == [f"     1.2 s  {line_of(POST)}", f"     1.2 s  {line_of(DOOR)}"]


def test_json_lines_hold_everything() -> None:
    out = io.StringIO()
    JsonLines(out).draw([DOOR, BROKEN])
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first == {
        "t_s": 1.25,
        "channel": "main",
        "kind": "beam-pair",
        "readings": {"outer": "free", "inner": "BROKEN"},
        "counted": {"in": 3},
        "last": "last in: 1, confidence 0.97",
        "faults": {},
    }
    assert second["faults"] == {"air-sensor": "no answer; check its supply"}


def test_terminal_lines_are_drawn_over_the_ones_before() -> None:
    out = io.StringIO()
    screen = TerminalLines(out)
    screen.draw([DOOR, POST])
    screen.draw([DOOR, POST])
    assert out.getvalue().count("\x1b[2A") == 1
    assert out.getvalue().count("\x1b[2K") == 4


def test_terminal_says_faults_in_full_at_the_end() -> None:
    out = io.StringIO()
    screen = TerminalLines(out)
    screen.draw([BROKEN])
    screen.end()
    assert out.getvalue().endswith("\nair air-sensor: no answer; check its supply\n")
