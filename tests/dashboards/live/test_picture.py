"""Rows and decisions become the picture, and only what changed is told."""

from datetime import timedelta

import msgspec
import pytest

from dashboards.live.picture import Picture
from dashboards.live.views import honest, is_live
from hub.store.board import BoardReader, Change
from hub.store.decisions import Decision
from tests.dashboards.campus_board import NOON, CampusBoard


@pytest.fixture
def picture(campus: CampusBoard) -> Picture:
    campus.calm()
    campus.troubles()
    picture = Picture()
    picture.take(BoardReader(campus.engine).read())
    return picture


def changes(campus: CampusBoard, picture: Picture) -> list[Change]:
    found = BoardReader(campus.engine).changes_since(picture.version)
    assert found is not None
    return found


def test_picture_shows_every_row(picture: Picture) -> None:
    state = picture.state(NOON, "b1")
    assert (len(state.spaces), len(state.alerts)) == (60, 3)
    assert state.ledger is not None
    assert state.hub is not None
    assert state.hub.utc_offset_min == 300


def test_acknowledgement_shows_before_the_hub_has_carried_it_out(picture: Picture) -> None:
    at_ms = int(NOON.timestamp() * 1000)
    touched = picture.decide([Decision(1, at_ms, "Әсет", "ack", "over-a-204")])
    alert = next(one for one in picture.state(NOON, "b1").alerts if one.id == "over-a-204")
    assert touched == {("alert", "over-a-204")}
    assert (alert.acked_by, alert.acked_at) == ("Әсет", NOON)


def test_hub_has_the_last_word_on_who_acknowledged(picture: Picture, campus: CampusBoard) -> None:
    picture.decide([Decision(1, 0, "late", "ack", "over-a-204")])
    campus.alert("over-a-204", "over-capacity", 1, "A-204", 2, acked_by="Әсет")
    picture.take(BoardReader(campus.engine).read())
    alert = next(one for one in picture.state(NOON, "b1").alerts if one.id == "over-a-204")
    assert alert.acked_by == "Әсет"


def test_decision_about_no_alert_on_the_board_touches_nothing(picture: Picture) -> None:
    assert picture.decide([Decision(1, 0, "Әсет", "ack", "gone")]) == set()


def test_difference_tells_only_what_was_touched(picture: Picture, campus: CampusBoard) -> None:
    campus.full("b-101", 99, 80)
    campus.close("fever-a")
    touched = picture.take(changes(campus, picture))
    told = picture.difference(touched, NOON)
    assert [space.space for space in told["spaces"]] == ["b-101"]
    assert told["gone"] == [["alert", "fever-a"]]
    assert {"hub", "nodes", "ledger", "alerts"}.isdisjoint(told)


def test_new_kinds_of_rows_are_told_as_the_others(picture: Picture, campus: CampusBoard) -> None:
    campus.silence("quiet", 30, space="a-204")
    campus.gap("night", "over-capacity", "guard", "a", 10)
    campus.handover()
    told = picture.difference(picture.take(changes(campus, picture)), NOON)
    assert [one.id for one in told["silences"]] == ["quiet"]
    assert [(one.key, one.role) for one in told["gaps"]] == [("night", "guard")]
    assert told["handover"]["shift"] == "day"
    state = picture.state(NOON, "b1")
    assert (len(state.silences), len(state.gaps), state.handover) == (1, 1, told["handover"])


def test_silence_that_ended_is_told_as_gone(picture: Picture, campus: CampusBoard) -> None:
    campus.silence("quiet", 30, space="a-204")
    picture.take(changes(campus, picture))
    campus.end("silence", "quiet")
    told = picture.difference(picture.take(changes(campus, picture)), NOON)
    assert told["gone"] == [["silence", "quiet"]]
    assert picture.state(NOON, "b1").silences == []


def test_unreadable_row_leaves_the_picture_as_it_was(picture: Picture) -> None:
    before = picture.version
    with pytest.raises(msgspec.DecodeError):
        picture.take([Change(10_000, "space", "a-101", b"{not json")])
    assert picture.version == before


def test_row_of_a_kind_from_the_future_is_left_out(picture: Picture) -> None:
    assert picture.take([Change(10_000, "weather", "x", b"{}")]) == set()


@pytest.mark.parametrize(("age_s", "live"), [(0, True), (12, True), (12.1, False)], ids=str)
def test_hub_is_live_for_twelve_seconds(picture: Picture, age_s: float, live: bool) -> None:
    now = NOON + timedelta(seconds=age_s)
    assert is_live(picture.state(now, "b1").hub, now) is live


def test_space_of_a_silent_hub_is_unknown_whatever_its_row_says(picture: Picture) -> None:
    now = NOON + timedelta(seconds=13)
    state = picture.state(now, "b1")
    told = honest(state.spaces[0], state.hub, now)
    assert (told.state.value, told.reason, told.occupancy, told.free) == ("unknown", "silent-hub", None, None)


def test_space_of_a_live_hub_is_told_as_it_is_however_long_it_has_been_so(picture: Picture) -> None:
    state = picture.state(NOON, "b1")
    assert honest(state.spaces[0], state.hub, NOON) is state.spaces[0]
