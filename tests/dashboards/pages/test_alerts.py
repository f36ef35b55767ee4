"""The alerts' pages: the inbox, one alert, putting aside, silences, drills and their certificates."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from hub.alerts.alert import Alert, Change, Transition
from hub.alerts.outcome import Outcome
from hub.store.alert_book import AlertBook
from hub.store.decisions import Decision, Decisions
from hub.store.orders import Shelve, Silence, StartDrill, read_order
from protocol.messages import AlertState
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.words.test_wording import LANGUAGES, words


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()


def post(guest: Guest, path: str, **fields: str) -> int:
    return guest.client.post(path, data={"csrf_token": guest.token(), **fields}).status_code


def stored(people: Engine) -> list[Decision]:
    return Decisions(people).since(0)


def past(campus: CampusBoard, number: int, *, is_drill: bool = False) -> Alert:
    """An alert in the book that is over, taken by Әсет after 40 s."""
    since = NOON - timedelta(hours=1, minutes=number)
    alert = Alert(
        id=f"past-{number}",
        rule="over-capacity",
        subject=f"drill:d{number}" if is_drill else f"a-{number}",
        label=f"P-{number}",
        priority=1,
        space="a-204",
        node=None,
        state=AlertState.RESOLVED,
        since=since,
        found_at=since,
        fired_at=since + timedelta(seconds=20),
        closed_at=since + timedelta(minutes=2),
        acked_by="Әсет",
        clause="§71",
        is_drill=is_drill,
    )
    happened = [
        Transition(alert=alert.id, at=since + timedelta(seconds=s), change=change, by=by)
        for s, change, by in (
            (20, Change.FIRED, None),
            (40, Change.ACKED, "Әсет"),
            (120, Change.CLOSED, None),
        )
    ]
    with campus.engine.begin() as connection:
        AlertBook(campus.engine).write(connection, Outcome([alert], happened, [], None))
    return alert


def test_inbox_lists_what_is_open_the_most_pressing_first(guard: Guest) -> None:
    page = guard.get("/alerts").text
    assert page.index("A-204") < page.index("A-H") < page.index("floor-a1-2")
    assert "Сыйымдылық асып кетті" in page


def test_mine_and_shelved_are_tabs_of_their_own(guard: Guest, campus: CampusBoard) -> None:
    until = campus.now + timedelta(minutes=14, seconds=32)
    campus.alert("mine", "co2-high", 2, "B-301", 3, space="b-301", acked_by="Әсет")
    campus.alert("aside", "co2-high", 2, "B-304", 3, space="b-304", muted="shelved", muted_until=until)
    assert ("B-301" in guard.get("/alerts?tab=mine").text, "B-304" in guard.get("/alerts?tab=mine").text) == (
        True,
        False,
    )
    shelved = guard.get("/alerts?tab=shelved").text
    assert ("B-304" in shelved, "14:32" in shelved, "B-301" in shelved) == (True, True, False)
    assert "B-304" not in guard.get("/alerts").text


def test_past_is_read_page_by_page(guard: Guest, campus: CampusBoard) -> None:
    for number in range(30):
        past(campus, number)
    newest, older = guard.get("/alerts?tab=past").text, guard.get("/alerts?tab=past&page=1").text
    assert ("P-0 " in newest, "P-29 " in newest, "P-29 " in older, "P-0 " in older) == (
        True,
        False,
        True,
        False,
    )
    assert guard.get("/alerts?tab=past&page=-1").status_code == 200


def test_alert_says_what_to_do_and_what_happened(guard: Guest, campus: CampusBoard) -> None:
    page = guard.get("/alerts/over-a-204").text
    assert [
        word for word in ("18 / 15", "§71", "Кіруді тоқтатыңыз", "/space/a-204") if word not in page
    ] == []
    over = guard.get(f"/alerts/{past(campus, 1).id}").text
    assert ("Әсет қабылдады" in over, 'id="take"' in over, "Жабылды" in over) == (True, False, True)
    assert guard.get("/alerts/nothing").status_code == 404


def test_alert_that_is_over_says_the_worst_it_came_to_and_when(guard: Guest, campus: CampusBoard) -> None:
    over = replace(
        past(campus, 1),
        resolved_at=NOON,
        value=15,
        limit=15,
        worst=19,
        worst_limit=15,
        worst_at=NOON - timedelta(minutes=61),
    )
    with campus.engine.begin() as connection:
        AlertBook(campus.engine).write(connection, Outcome([over], [], [], None))
    guard.get("/language/en")
    worst = "Worst 19 / 15 · 23.11 13:04"
    page = guard.get(f"/alerts/{over.id}").text
    assert [
        one
        for one in ('"value">19 / 15</p>', "The worst · 23.11 13:04", "At the end 15 / 15")
        if one not in page
    ] == []
    listed = guard.get("/alerts?tab=past").text
    assert (worst in listed, "<b>15 / 15" in listed) == (True, False)


def test_open_alert_says_its_value_now_and_the_worst_so_far(guard: Guest, campus: CampusBoard) -> None:
    campus.alert(
        "over-a-204",
        "over-capacity",
        1,
        "A-204",
        2,
        space="a-204",
        value=18,
        limit=15,
        worst=21.0,
        worst_limit=15.0,
        worst_at=NOON,
    )
    guard.get("/language/en")
    page = guard.get("/alerts/over-a-204").text
    assert ('<p class="value">18 / 15</p>' in page, "Worst 21 / 15 · 23.11 14:05" in page) == (True, True)
    assert "<b>18 / 15</b>" in guard.get("/alerts").text


def test_past_alert_whose_worst_nobody_kept_gives_no_number_for_it(guard: Guest, campus: CampusBoard) -> None:
    old = replace(past(campus, 1), resolved_at=NOON, value=15, limit=15)
    with campus.engine.begin() as connection:
        AlertBook(campus.engine).write(connection, Outcome([old], [], [], None))
    page = guard.get(f"/alerts/{old.id}").text
    assert ('class="value"' in page, "Соңында 15 / 15" in page) == (False, True)
    assert "15 / 15" not in guard.get("/alerts?tab=past").text


@pytest.mark.parametrize(
    ("language", "sentence", "said"),
    [
        ("kk", "late truth: was 14, not 18", "Кешіккен дерек: 18 емес, 14 болған"),
        ("ru", "late truth: it did not hold", "Поздние данные: этого не было"),
        ("en", "late truth: not raised, known only afterwards", "Known only afterwards"),
        ("ru", "a sentence of the next hub", "Исправлено: a sentence of the next hub"),
    ],
)
def test_correction_is_said_in_the_readers_language(
    guard: Guest, campus: CampusBoard, language: str, sentence: str, said: str
) -> None:
    campus.alert("late", "over-capacity", 1, "A-204", 5, space="a-204", corrected=sentence)
    guard.get(f"/language/{language}")
    assert said in guard.get("/alerts/late").text


def test_change_of_grade_is_said_in_words(guard: Guest, campus: CampusBoard) -> None:
    alert = past(campus, 1)
    raised = Transition(alert=alert.id, at=alert.since, change=Change.RAISED, note="P2 to P1")
    with campus.engine.begin() as connection:
        AlertBook(campus.engine).write(connection, Outcome([alert], [raised], [], None))
    guard.get("/language/en")
    assert "made more urgent · Important → Urgent" in guard.get(f"/alerts/{alert.id}").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_of_an_alert_has_words(language: str) -> None:
    said = words(language)
    assert [one.value for one in Change if not said.get(f"alerts.log.{one.value}")] == []


def test_alert_of_a_treatment_leads_to_its_task(guard: Guest, campus: CampusBoard) -> None:
    campus.alert("due", "treatment-due", 3, "B-202", 5, space="b-202", limit_rule="surfaces, airing")
    page = guard.get("/alerts/due").text
    assert ("/tasks/b-202/surfaces" in page, "/tasks/b-202/airing" in page) == (True, True)


def test_taking_one_and_a_group_is_a_decision_each(guard: Guest, people: Engine) -> None:
    assert post(guard, "/alerts/over-a-204/take") == 303
    token = guard.token()
    guard.client.post("/alerts/take", data={"csrf_token": token, "alert": ["fever-a", "silent", "nothing"]})
    assert [(one.kind, one.subject) for one in stored(people)] == [
        ("ack", "over-a-204"),
        ("ack", "fever-a"),
        ("ack", "silent"),
    ]


def test_putting_aside_needs_a_reason_and_keeps_what_was_typed(guard: Guest, people: Engine) -> None:
    assert post(guard, "/alerts/over-a-204/shelve", minutes="15", reason="  ") == 422
    assert post(guard, "/alerts/over-a-204/shelve", minutes="7", reason="жөндеу") == 422
    answer = guard.client.post(
        "/alerts/over-a-204/shelve", data={"csrf_token": guard.token(), "minutes": "99", "reason": "жөндеу"}
    )
    assert 'value="жөндеу"' in answer.text
    assert stored(people) == []
    assert post(guard, "/alerts/over-a-204/shelve", minutes="15", reason="жөндеу") == 303
    assert post(guard, "/alerts/over-a-204/shelve", minutes="0") == 303
    assert [read_order(one) for one in stored(people)] == [
        Shelve(minutes=15, reason="жөндеу"),
        Shelve(minutes=0, reason="taken down"),
    ]


def test_closed_alert_cannot_be_put_aside(guard: Guest, campus: CampusBoard, people: Engine) -> None:
    closed = past(campus, 1)
    assert post(guard, f"/alerts/{closed.id}/shelve", minutes="15", reason="жөндеу") == 409
    assert stored(people) == []


def test_silence_is_made_and_ended_by_managers(
    manager: Guest, guard: Guest, campus: CampusBoard, people: Engine
) -> None:
    fields = {"space": "a-204", "rule": "co2-high", "minutes": "60", "reason": "жөндеу"}
    assert post(guard, "/alerts/silences", **fields) == 403
    assert post(manager, "/alerts/silences", **fields) == 303
    until = NOON + timedelta(hours=1)
    assert read_order(stored(people)[0]) == Silence(
        reason="жөндеу", until=until, space="a-204", rule="co2-high"
    )
    campus.silence("quiet", 25, space="a-204")
    assert "25:00" in manager.get("/alerts/silences").text
    assert post(manager, "/alerts/silences/quiet/end") == 303
    assert stored(people)[-1].kind == "unsilence"


@pytest.mark.parametrize(
    "fields",
    [
        {"minutes": "60", "reason": "жөндеу"},
        {"minutes": "60", "space": "a-204", "reason": ""},
        {"minutes": "5000", "space": "a-204", "reason": "жөндеу"},
        {"minutes": "60", "space": "nowhere", "reason": "жөндеу"},
    ],
)
def test_silence_that_makes_no_sense_is_asked_for_again(
    manager: Guest, people: Engine, fields: dict[str, str]
) -> None:
    assert post(manager, "/alerts/silences", **fields) == 422
    assert stored(people) == []


def test_drill_is_begun_by_managers_where_there_is_such_a_place(
    manager: Guest, guard: Guest, people: Engine
) -> None:
    assert post(guard, "/alerts/drill", what="overload", space="a-204") == 403
    assert post(manager, "/alerts/drill", what="overload", space="") == 422
    assert post(manager, "/alerts/drill", what="dead-door", node="nothing") == 422
    assert post(manager, "/alerts/drill", what="flood", space="a-204") == 422
    assert stored(people) == []
    assert post(manager, "/alerts/drill", what="overload", space="a-204") == 303
    assert [(one.subject, read_order(one)) for one in stored(people)] == [
        ("a-204", StartDrill(what="overload"))
    ]


@pytest.mark.parametrize(
    ("what", "field"), [("overload", "space"), ("fever", "space"), ("dead-door", "node")]
)
def test_fault_of_a_drill_stands_in_the_field_it_needs(manager: Guest, what: str, field: str) -> None:
    form = {"csrf_token": manager.token(), "what": what, "space": "", "node": ""}
    page = manager.client.post("/alerts/drill", data=form).text
    (invalid,) = re.findall(r'<select name="(\w+)" aria-invalid="true" aria-describedby="(\S+)">', page)
    assert invalid == (field, f"{field}-wrong")
    label = page[page.index(f'<select name="{field}"') :]
    assert f'id="{field}-wrong"' in label[: label.index("</label>")]


def test_drill_under_way_has_not_failed_yet(manager: Guest, campus: CampusBoard) -> None:
    # An hour before noon and 57 minutes later: three minutes ago.
    past(campus, -57, is_drill=True)
    page = manager.get("/alerts/drill").text
    assert "Жаттығу жүріп жатыр" in page
    assert "Өтпеді" not in page


def test_drill_that_is_over_has_its_certificate(manager: Guest, campus: CampusBoard) -> None:
    drill = past(campus, 3, is_drill=True)
    for page in (manager.get("/alerts/drill").text, manager.get(f"/alerts/{drill.id}").text):
        assert "Жаттығу куәлігі · P-3" in page
        assert "20.0 с кейін" in page
        # Nobody was told: no courier ran.
        assert "Өтпеді" in page


@pytest.mark.parametrize("minutes", ["1" * 5000, "٣٠", "-30"])
def test_minutes_that_are_none_are_told(manager: Guest, campus: CampusBoard, minutes: str) -> None:
    campus.calm()
    campus.troubles()
    form = {"csrf_token": manager.token(), "minutes": minutes, "reason": "x", "rule": "over-capacity"}
    assert manager.client.post("/alerts/silences", data=form).status_code == 422
    assert manager.client.post("/alerts/over-a-204/shelve", data=form).status_code == 422
    assert manager.get(f"/alerts?tab=past&page={minutes}").status_code == 200
