"""The page of the data we hold names every table there is, and everybody may read it."""

import re

import pytest

from dashboards.privacy import HELD, NEVER
from dashboards.words.wording import known_word
from hub.store import schema
from hub.store.courier_tables import courier
from tests.dashboards.conftest import Guest

FILES = {"hub.db": schema.hub, "people.db": schema.people, "courier.db": courier}


@pytest.mark.parametrize("file", FILES)
def test_every_table_is_described_and_nothing_that_is_none(file: str) -> None:
    described = {table for one in HELD for table in one.where.get(file, ())}
    assert described == set(FILES[file].tables)


def test_page_is_open_to_everybody(stranger: Guest) -> None:
    answer = stranger.get("/privacy")
    assert answer.status_code == 200
    assert len(re.findall(r"<tr id=", answer.text)) == len(HELD)
    assert "history_minute" in answer.text


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_row_has_its_words(stranger: Guest, language: str) -> None:
    stranger.get(f"/language/{language}")
    text = stranger.get("/privacy").text
    assert re.findall(r">privacy\.[a-z_.]+<", text) == []


def test_words_of_every_kind_are_there(stranger: Guest) -> None:
    with stranger.client.application.test_request_context("/privacy"):
        missing = [
            key
            for one in HELD
            for key in (
                f"privacy.what.{one.key}",
                f"privacy.term.{one.term}",
                f"privacy.seen.{one.seen}",
            )
            if not known_word(key)
        ] + [one for one in NEVER if not known_word(f"privacy.never.{one}")]
    assert missing == []


def test_reading_is_said_to_be_held_a_day() -> None:
    (reading,) = [one for one in HELD if one.key == "reading"]
    assert (reading.term, reading.seen) == ("day", "nobody")


@pytest.mark.parametrize("path", ["/sign-in", "/account"])
def test_page_is_linked_from_the_sign_in_and_the_foot(stranger: Guest, guard: Guest, path: str) -> None:
    guests = {"/sign-in": stranger, "/account": guard}
    assert 'href="/privacy"' in guests[path].get(path).text


def test_every_file_is_called_by_a_word(stranger: Guest) -> None:
    assert "privacy.file." not in stranger.get("/privacy").text
