"""The jobs of each role as somebody does them before a screen, and what the stores hold of them."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import expect

from tests.dashboards.in_browser.person import LOOKS, Kept, Person

TASKS = ("airing", "surfaces", "air_disinfection")
#: Of a room's code, its letters as a Kazakh keyboard has them.
_CYRILLIC = str.maketrans("AB", "АВ")
#: How a downloaded report begins, and as what it is taken at each size.
_REPORTS = {1366: ("pdf", b"%PDF-"), 1024: ("xlsx", b"PK"), 390: ("csv", b"\xef\xbb\xbf")}
#: A dry run and a test of a channel are processes of their own.
_PROCESS_MS = 60_000
#: Rooms of the administrator's campus, one for each combination.
OFFICE_ROOMS = tuple(f"a-{301 + look.number}" for look in LOOKS)
#: Where axe looks. A screen of its own: in every combination.
EVERY = range(len(LOOKS))
#: A screen of the walk through all screens, and a word that it is done: each language and each size once.
EACH_ONCE = range(0, len(LOOKS), 4)
#: As the walk, which has looked with axe, or another job shows it.
SEEN = range(0)


class Job(NamedTuple):
    """One thing that somebody of a role does."""

    role: str
    #: Does it, and says what the stores must hold of it, and nothing beside.
    do: Callable[[Person], list[Kept]]
    #: The combinations in which axe looks at the screen where it ends.
    axe: range = EVERY


def starts_the_shift(guard: Person) -> list[Kept]:
    guard.open("/board")
    expect(guard.page.locator("#sound")).to_have_attribute("data-sound", "off")
    guard.page.click("#shift")
    kept = guard.sign_on()
    expect(guard.page.locator("#sound")).to_have_attribute("data-sound", "on")
    expect(guard.page.locator("#shift")).to_be_hidden()
    return kept


def takes_an_alarm(guard: Person) -> list[Kept]:
    alarm = f"full-{guard.look.number}"
    guard.open("/board")
    guard.tell(f'[data-alert="{alarm}"] button', "ack")
    expect(guard.page.locator(f'[data-alert="{alarm}"]')).to_contain_text(guard.name)
    expect(guard.page.locator(f'[data-alert="{alarm}"] button')).to_be_hidden()
    return guard.decided("ack", "alert.ack", alarm)


def puts_an_alarm_aside_with_a_reason(guard: Person) -> list[Kept]:
    alarm = f"heat-{guard.look.number}"
    guard.open("/alerts")
    guard.send(f"#a-{alarm}")
    guard.page.click("#shelf summary")
    guard.page.fill("#reason", "термометр ауыстырылуда")
    guard.send("#shelf [name=minutes][value='15']")
    guard.sees(".saved")
    return guard.decided("shelve", "alert.shelve", alarm)


def takes_an_alarm_by_pin_after_the_sitting_has_ended(guard: Person) -> list[Kept]:
    alarm = f"air-{guard.look.number}"
    guard.end_sitting()
    guard.open("/board")
    expect(guard.page.locator("#over")).to_be_visible()
    expect(guard.page.locator(".tile")).to_have_count(60)
    guard.page.click(f'[data-alert="{alarm}"] button')
    with guard.page.expect_response("**/ack"):
        signed_on = guard.sign_on()
    expect(guard.page.locator(f'[data-alert="{alarm}"]')).to_contain_text(guard.name)
    expect(guard.page.locator("#over")).to_be_hidden()
    return [*guard.decided("ack", "alert.ack", alarm), *signed_on]


def finds_a_room_by_its_code_in_cyrillic(guard: Person) -> list[Kept]:
    code = guard.look.room.upper()
    _find_on_the_board(guard, code)
    guard.send("dialog a[href^='/space/']")
    expect(guard.page.locator("h1")).to_contain_text(code)
    return []


def counts_a_room_on_the_board(guard: Person) -> list[Kept]:
    _find_on_the_board(guard, guard.look.room.upper())
    guard.page.fill("dialog [name=count]", "9")
    with guard.page.expect_response("**/recount"):
        guard.page.keyboard.press("Enter")
    expect(guard.page.locator("dialog")).to_have_count(0)
    expect(guard.page.locator(".said")).to_be_visible()
    return guard.decided("recount", "space.recount", guard.look.room)


def hands_the_shift_over(guard: Person) -> list[Kept]:
    guard.open("/handover")
    guard.send("form[action='/handover/read'] button")
    expect(guard.page.locator(".saved")).to_contain_text(guard.name)
    guard.sees(".saved")
    return guard.decided("shift", "shift.sign", f"day-{guard.look.number}")


def closes_a_task_in_two_taps(manager: Person) -> list[Kept]:
    room = manager.look.room
    manager.open("/tasks")
    manager.page.click(f'[data-key="{room} airing"]')
    manager.tell("#do-done", "done")
    expect(manager.page.locator("#thumb")).to_be_hidden()
    expect(manager.page.locator("#log")).to_contain_text(manager.name)
    return [*manager.decided("task", "task.done", room), _errand(manager, "done", "airing")]


def says_why_a_task_cannot_be_done(manager: Person) -> list[Kept]:
    room = manager.look.room
    manager.open(f"/tasks/{room}/surfaces")
    manager.page.click("#do-abort")
    manager.page.locator("#ask-abort [name=why]").first.check()
    manager.tell("#ask-abort [type=submit]", "abort")
    expect(manager.page.locator("#log")).to_contain_text(manager.name)
    return [*manager.decided("task", "task.aborted", room), _errand(manager, "abort", "surfaces")]


def hands_a_task_to_the_guards(manager: Person) -> list[Kept]:
    room = manager.look.room
    manager.open(f"/tasks/{room}/air_disinfection")
    manager.page.click("#do-give")
    manager.page.check("#ask-give [name=to][value=guard]")
    manager.tell("#ask-give [type=submit]", "give")
    expect(manager.page.locator("#log")).to_contain_text(manager.name)
    return [manager.noted("task.give", room), _errand(manager, "give", "air_disinfection")]


def counts_a_room_again(manager: Person) -> list[Kept]:
    room = manager.look.room
    manager.open(f"/space/{room}")
    manager.page.fill("#count", "7")
    manager.page.fill("#why", "көзбен")
    manager.send("form[action$='/recount'] button.main")
    manager.sees(".saved")
    return manager.decided("recount", "space.recount", room)


def closes_a_room(manager: Person) -> list[Kept]:
    room = manager.look.room
    manager.open(f"/space/{room}")
    manager.page.fill("#hold-why", "су ағып жатыр")
    manager.send("form[action$='/hold'] [value='1']")
    manager.sees(".saved")
    return manager.decided("hold", "space.hold", room)


def silences_a_room_until_the_shift_ends(manager: Person) -> list[Kept]:
    manager.open("/alerts/silences")
    manager.page.select_option("[name=space]", manager.look.room)
    manager.page.locator("[name=minutes]").select_option("480")
    manager.page.fill("[name=reason]", "терезе жөндеу")
    manager.send("form.panel button.main")
    manager.sees(".saved")
    return manager.decided("silence", "silence.add", manager.newest("silence"))


def reads_the_weekly_report_and_takes_it_along(manager: Person) -> list[Kept]:
    ending, beginning = _REPORTS[manager.look.width]
    manager.open("/report")
    # The week that is over: the first goes on.
    manager.send("a.big >> nth=1")
    link = manager.page.locator(f"a[href*='.{ending}']")
    # Kept as a file, also the PDF, which a browser would show.
    link.evaluate("one => { one.download = ''; }")
    with manager.page.expect_download() as coming:
        link.click()
    assert coming.value.suggested_filename.endswith(f".{ending}")
    assert Path(coming.value.path()).read_bytes().startswith(beginning)
    expect(manager.page.locator(".paper table").first).to_be_visible()
    return []


def adds_a_person_and_has_a_code_to_print(admin: Person) -> list[Kept]:
    name = f"жаңа күзетші {admin.look.number}"
    admin.open("/people")
    admin.page.fill("form[action='/people'] [name=name]", name)
    admin.page.select_option("form[action='/people'] [name=role]", "guard")
    admin.page.select_option("form[action='/people'] [name=language]", admin.look.language)
    admin.send("form[action='/people'] button.main")
    admin.sees(".secret")
    return [admin.noted("account.add", name)]


def adds_rooms_from_a_spreadsheet(admin: Person) -> list[Kept]:
    code = f"A-{401 + admin.look.number}"
    admin.open("/admin/rooms")
    admin.page.fill("#list [name=text]", f"Код\tҚабат\tТүрі\tАуданы, м²\n{code}\t4\tдәрісхана\t50\n")
    admin.send("#list button.main")
    expect(admin.page.locator(".lines .new")).to_have_count(1)
    admin.send("form:has([name=do][value=apply]) button")
    admin.sees(".saved")
    assert code in [one.code for one in admin.campus().spaces]
    return _changed_the_campus(admin)


def adds_a_shift_after_a_look_at_the_week(admin: Person) -> list[Kept]:
    name = f"night-{admin.look.number}"
    admin.open("/admin/duties")
    admin.send("a[href$='/shifts/new']")
    admin.page.fill("[name=id]", name)
    admin.page.fill("[name=start]", "20:00")
    admin.page.fill("[name=end]", "8:00")
    admin.send("[name=do][value=look]")
    expect(admin.page.locator("#would")).to_be_visible()
    admin.send("[name=do][value=save]")
    admin.sees(".saved")
    assert name in [one.id for one in admin.campus().shifts]
    return _changed_the_campus(admin)


def tests_a_receiver(admin: Person) -> list[Kept]:
    admin.open("/admin/receivers")
    admin.send("form[action$='/guards/test'] button")
    expect(admin.page.locator("#channel-guards .saved")).to_be_visible(timeout=_PROCESS_MS)
    tested = admin.noted("receiver.tested", "guards")
    admin.wait_for(tested)
    return [admin.noted("receiver.test", "guards"), tested]


def tries_a_limit_on_last_week_and_sets_it(admin: Person) -> list[Kept]:
    admin.open("/admin/limits")
    admin.page.click("#section-capacity summary")
    admin.send("a[href$='limit=capacity.classroom.group_cap']")
    admin.page.fill("[name=value]", str(14 - admin.look.number))
    admin.page.fill("[name=source]", "№ 7")
    admin.send("[name=do][value=try]")
    expect(admin.page.locator("#fresh .headline")).to_be_visible(timeout=_PROCESS_MS)
    admin.send("[name=do][value=save]")
    admin.sees(".saved")
    assert [one.value for one in admin.campus().overrides] == [14 - admin.look.number]
    return [admin.noted("limits.tried", ""), *_changed_the_campus(admin)]


def makes_a_token_for_a_program(admin: Person) -> list[Kept]:
    name = f"табло {admin.look.number}"
    admin.open("/tokens")
    admin.page.fill("[name=name]", name)
    admin.send("form[action='/tokens'] button.main")
    admin.sees("#secret")
    return [admin.noted("token.add", name)]


def hangs_a_sign_at_a_door(admin: Person) -> list[Kept]:
    room = OFFICE_ROOMS[admin.look.number]
    admin.open("/admin/signs")
    admin.page.select_option("[name=space]", room)
    admin.page.fill("[name=note]", "сол жақ есік")
    admin.send("form[action='/admin/signs'] button")
    expect(admin.page.locator(".signs li", has_text=room.upper()).locator(".address")).to_be_visible()
    return [admin.noted("sign.add", room)]


def begins_a_drill(admin: Person) -> list[Kept]:
    room = OFFICE_ROOMS[admin.look.number]
    admin.open("/alerts/drill")
    admin.page.check("[name=what][value=overload]")
    admin.page.select_option("[name=space]", room)
    admin.send("form.panel button.main")
    admin.sees(".saved")
    return admin.decided("drill", "drill.start", room)


def reads_the_audit_log_and_follows_its_chain(auditor: Person) -> list[Kept]:
    auditor.open("/admin")
    auditor.send("a.big[href='/audit']")
    auditor.page.select_option("[name=action]", "sign_in")
    auditor.page.fill("[name=actor]", auditor.name)
    auditor.send("form.panel button.main")
    expect(auditor.page.locator("tbody tr")).to_have_count(1)
    auditor.send("a[href*='check=1']")
    auditor.sees(".saved")
    return []


def takes_the_inspectors_export(auditor: Person) -> list[Kept]:
    auditor.open("/report")
    first, last = (auditor.page.input_value(f"[name={name}]") for name in ("from", "to"))
    with auditor.page.expect_download() as coming:
        auditor.page.click("form[action='/report/export'] button")
    assert Path(coming.value.path()).read_bytes().startswith(b"PK")
    return [auditor.noted("report.export", f"{first}..{last}")]


def reads_what_data_is_held(auditor: Person) -> list[Kept]:
    auditor.open("/handover")
    auditor.send(".shell-foot a")
    expect(auditor.page.locator("tbody tr").first).to_be_visible()
    return []


def _find_on_the_board(guard: Person, code: str) -> None:
    """Only the room is left, and Enter opens what can be said of it."""
    guard.open("/board")
    # What opens it comes after the first picture.
    expect(guard.page.locator(".said")).to_be_attached()
    guard.page.keyboard.press("Slash")
    guard.page.keyboard.type(code.translate(_CYRILLIC))
    expect(guard.page.locator(".tile:not(.away) .code")).to_have_text([code])
    guard.page.keyboard.press("Enter")
    expect(guard.page.locator("dialog h2")).to_contain_text(code)


def _changed_the_campus(admin: Person) -> list[Kept]:
    return [*admin.decided("campus", "campus", "campus"), admin.noted("campus.accepted", "campus")]


def _errand(who: Person, verb: str, task: str) -> Kept:
    return Kept("errand", who.name, verb, f"{who.look.room} {task}")


#: In the order in which somebody does them in one sitting; one does not need another.
JOBS = (
    Job("guard", starts_the_shift),
    Job("guard", takes_an_alarm),
    Job("guard", puts_an_alarm_aside_with_a_reason, axe=EACH_ONCE),
    Job("guard", takes_an_alarm_by_pin_after_the_sitting_has_ended, axe=SEEN),
    Job("guard", finds_a_room_by_its_code_in_cyrillic, axe=SEEN),
    Job("guard", counts_a_room_on_the_board),
    Job("guard", hands_the_shift_over, axe=EACH_ONCE),
    Job("manager", closes_a_task_in_two_taps),
    Job("manager", says_why_a_task_cannot_be_done),
    Job("manager", hands_a_task_to_the_guards),
    Job("manager", counts_a_room_again, axe=EACH_ONCE),
    Job("manager", closes_a_room, axe=SEEN),
    Job("manager", silences_a_room_until_the_shift_ends, axe=EACH_ONCE),
    Job("manager", reads_the_weekly_report_and_takes_it_along, axe=SEEN),
    Job("admin", adds_a_person_and_has_a_code_to_print),
    Job("admin", adds_rooms_from_a_spreadsheet, axe=EACH_ONCE),
    Job("admin", adds_a_shift_after_a_look_at_the_week, axe=EACH_ONCE),
    Job("admin", tests_a_receiver, axe=EACH_ONCE),
    Job("admin", tries_a_limit_on_last_week_and_sets_it, axe=EACH_ONCE),
    Job("admin", makes_a_token_for_a_program),
    Job("admin", hangs_a_sign_at_a_door, axe=SEEN),
    Job("admin", begins_a_drill, axe=EACH_ONCE),
    Job("auditor", reads_the_audit_log_and_follows_its_chain),
    Job("auditor", takes_the_inspectors_export, axe=SEEN),
    Job("auditor", reads_what_data_is_held, axe=SEEN),
)
