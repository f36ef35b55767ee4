"""The list of certificates that the hub reads: the newest of each identity, never what was taken back."""

from datetime import timedelta
from pathlib import Path

from hub.enrolment.authority import Authority
from hub.enrolment.listing import FILE, Ends, write_listing
from hub.enrolment.register import Register
from protocol.certificates import Facts, Role, Subject
from tests.builders import at

NOW = at(0)
DAY = timedelta(days=1)


def facts(name: str, serial: str, days: int) -> Facts:
    return Facts(Subject("demo", Role.NODE, name), serial, NOW - DAY, NOW + days * DAY)


def a_folder(path: Path, register: Register) -> Ends:
    (path / "ca.crt").write_bytes(Authority.begin("demo", NOW.replace(microsecond=0)).certificate)
    write_listing(path, register, NOW)
    return Ends(path / "ca.crt", None)


def test_newest_of_each_and_the_authority_are_known(tmp_path: Path) -> None:
    register = Register(site="demo")
    for one in (facts("door-a", "1", 5), facts("door-a", "2", 180), facts("door-b", "3", 20)):
        register = register.with_new(one, NOW)
    ends = a_folder(tmp_path, register.without(["1"], NOW, "replaced"))
    assert ends.look(0.0)
    known = {one.name: (one.ends - NOW).days for one in ends.known}
    assert (known["door-a"], known["door-b"], "authority" in known) == (180, 20, True)


def test_node_that_was_revoked_is_not_waited_for(tmp_path: Path) -> None:
    register = Register(site="demo").with_new(facts("door-a", "1", 5), NOW)
    ends = a_folder(tmp_path, register.without(["1"], NOW, "stolen"))
    ends.look(0.0)
    assert [one.name for one in ends.known] == ["authority"]


def test_list_is_read_again_only_now_and_then(tmp_path: Path) -> None:
    ends = a_folder(tmp_path, Register(site="demo"))
    assert ends.look(0.0)
    write_listing(tmp_path, Register(site="demo").with_new(facts("door-a", "1", 5), NOW), NOW)
    assert not ends.look(30.0)
    assert ends.look(90.0)


def test_damaged_list_is_no_list_and_stops_nothing(tmp_path: Path) -> None:
    ends = a_folder(tmp_path, Register(site="demo"))
    (tmp_path / FILE).write_bytes(b"{")
    assert ends.look(0.0)
    assert [one.name for one in ends.known] == ["authority"]
