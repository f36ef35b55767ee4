"""Alerts of a running hub: told, taken, kept through a restart, and emptied on the broker."""

from tests.builders import a_passage, an_exit
from tests.fakes.hub import Voice
from tests.hub.site import TOPICS, Site


def test_crowd_fires_an_alert_with_its_clause_and_an_acknowledgement_is_told_to_all(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.tick(20)
    told = site.voice.last("alert/alert-1") or {}
    assert (told["state"], told["value"], told["limit"], told["clause"]) == ("firing", 17, 15, "§71, §69.3")
    site.decisions.add("ack", "alert-1", "Aset", at_ms=0)
    site.tick()
    assert (site.voice.last("alert/alert-1") or {})["acked_by"] == "Aset"


def test_alert_and_its_owner_survive_a_restart(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.tick(20)
    site.decisions.add("ack", "alert-1", "Aset", at_ms=0)
    site.tick()
    site.voice = Voice()
    site.restart()
    assert (site.voice.last("alert/alert-1") or {})["acked_by"] == "Aset"


def test_crowd_that_left_while_the_hub_was_away_is_watched_before_it_is_called_resolved(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.tick(20)
    site.clock.pass_by(600)
    site.restart()
    site.send("room-node", an_exit(2, people=10))
    site.tick(1)
    assert (site.voice.last("alert/alert-1") or {})["state"] == "firing"
    site.tick(31)
    assert (site.voice.last("alert/alert-1") or {})["state"] == "resolved"


def test_topic_of_a_closed_alert_is_emptied(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.tick(20)
    site.decisions.add("ack", "alert-1", "Aset", at_ms=0)
    site.send("room-node", an_exit(2, people=5))
    site.tick()
    site.tick(31)
    emptied = [one.payload for one in site.voice.said if one.topic.endswith("alert/alert-1")]
    assert emptied[-1] == b""


def test_retained_alert_of_another_life_is_emptied(site: Site) -> None:
    site.deliver(TOPICS.alert("01OLD"), b'{"id":"01OLD"}', retained=True)
    assert [one.payload for one in site.voice.said if one.topic.endswith("01OLD")] == [b""]


def test_people_store_that_fails_stops_no_alert(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.people.dispose()
    (site.folder / "people.db").write_bytes(b"this is not a database at all, but it is long enough" * 40)
    site.tick(20)
    assert (site.voice.last("alert/alert-1") or {})["state"] == "firing"


def test_acknowledgements_count_anew_when_the_people_store_is_another(site: Site) -> None:
    for i in range(3):
        site.decisions.add("ack", f"old-{i}", "Aset", at_ms=0)
    site.tick()
    site.kill()
    for name in ("people.db", "people.db-wal", "people.db-shm"):
        (site.folder / name).unlink(missing_ok=True)
    site.start()
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.tick(20)
    site.decisions.add("ack", "alert-1", "Dana", at_ms=0)
    site.tick()
    assert (site.voice.last("alert/alert-1") or {})["acked_by"] == "Dana"


def test_pending_alert_cannot_be_acknowledged_before_it_is_one(site: Site) -> None:
    site.send("room-node", a_passage(people=17))
    site.tick()
    site.decisions.add("ack", "alert-1", "Aset", at_ms=0)
    site.tick()
    site.tick(20)
    assert (site.voice.last("alert/alert-1") or {})["acked_by"] is None
