"""What one shift leaves to the next."""

from zoneinfo import ZoneInfo

from hub.alerts.handover import DoorTrust, Handover, TaskDue, handover, lines
from tests.builders import at
from tests.hub.alerts.stories import FEVER, OVER, SILENT, Story, a_silence

HOUR = 3600.0
#: The day shift ends at 20:00, eleven hours after the morning.
END = 11 * HOUR


def a_handover() -> Handover:
    """A day with three alarms, of which one is taken, one silenced and one shelved."""
    story = Story()
    story.find(9 * HOUR, FEVER)
    story.find(10 * HOUR, FEVER, OVER)
    story.later(10 * HOUR + 60)
    story.acknowledge(10 * HOUR + 60, "over-capacity", "Dana")
    story.silence(10 * HOUR + 120, a_silence(starts=at(10 * HOUR), ends=at(END), rule="silent-node"))
    story.find(10.5 * HOUR, FEVER, OVER, SILENT)
    story.shelve(10.9 * HOUR, "elevated-screening", 30)
    return handover(
        story.desk.alerts.values(),
        story.desk.silences.values(),
        story.desk.shelves.values(),
        [
            DoorTrust(door="room-door", label="ROOM", trust=0.4, why="conservation"),
            DoorTrust(door="entrance", label="HALL", trust=0.99, why=""),
        ],
        [
            TaskDue(space="room", label="ROOM", task="surfaces", due_at=at(END + 600)),
            TaskDue(space="hall", label="HALL", task="airing", due_at=at(END - 600)),
        ],
        "day",
        story.desk.roster,
        at(END - 60),
    )


def test_open_alarms_are_in_order_of_loudness_and_age() -> None:
    assert [one.rule for one in a_handover().open_alarms] == [
        "over-capacity",
        "elevated-screening",
        "silent-node",
    ]


def test_owners_have_their_alarms_and_nobody_has_the_rest() -> None:
    assert a_handover().owners == {"": 2, "Dana": 1}


def test_silences_and_shelves_about_to_end_are_listed_by_end() -> None:
    assert [(one.what, one.ends) for one in a_handover().endings] == [
        ("silent-node", at(END)),
        ("elevated-screening post", at(10.9 * HOUR + 1800)),
    ]


def test_only_doors_that_are_not_trusted_are_named() -> None:
    assert [one.door for one in a_handover().doors] == ["room-door"]


def test_tasks_are_in_order_of_their_time() -> None:
    assert [one.task for one in a_handover().tasks] == ["airing", "surfaces"]


def test_lines_say_it_in_plain_words_and_campus_time() -> None:
    assert list(lines(a_handover(), ZoneInfo("Asia/Almaty"))) == [
        "Handover of day, 08:00 to 20:00",
        "Open alarms: 3",
        "  P1 over-capacity ROOM, firing, 19:00, taken by Dana",
        "  P2 elevated-screening HALL, firing, 18:00, nobody has taken it, not told: shelved until 20:24",
        "  P2 silent-node ROOM, firing, 19:30, nobody has taken it, not told: silenced until 20:00",
        "Silences and shelves that end: 2",
        "  20:00 silent-node, Aset: repainted",
        "  20:24 elevated-screening post, Aset: being repaired",
        "Doors not trusted: 1",
        "  ROOM 40%, conservation",
        "Tasks due: 2",
        "  19:50 HALL airing",
        "  20:10 ROOM surfaces",
        "Taken by: nobody 2, Dana 1",
    ]


def test_handover_of_a_quiet_shift_says_so() -> None:
    story = Story()
    found = handover((), (), (), (), (), "day", story.desk.roster, at(END - 60))
    assert list(lines(found, ZoneInfo("Asia/Almaty")))[-1] == "Taken by: no open alarm"
