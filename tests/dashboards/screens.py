"""Every screen: where it is, who opens it, and what must be on it. One line each."""

from typing import NamedTuple


class Screen(NamedTuple):
    """A page to look at."""

    name: str
    path: str
    #: `guard`, `manager`, `admin`, `auditor`; empty: nobody is signed in.
    role: str
    #: CSS of something that is there once the page is drawn.
    drawn: str
    #: Languages and widths in which docs/screens shows it.
    pictures: tuple[tuple[str, int], ...] = (("kk", 1366), ("kk", 390))


#: A sign shows every language at once.
_SIGN = (("kk", 1366),)
SCREENS = (
    Screen("sign-in", "/sign-in", "", "form"),
    Screen("board", "/board", "guard", ".tile"),
    Screen("handover", "/handover", "guard", "section"),
    Screen("room", "/space/a-204", "guard", ".u-wrap"),
    Screen("tasks", "/tasks", "manager", "#tasks li"),
    Screen("task", "/tasks/b-202/airing", "manager", "#thumb:not([hidden])"),
    Screen("alerts", "/alerts", "guard", ".alerts li"),
    Screen("alerts-past", "/alerts?tab=past", "guard", ".alerts li"),
    Screen("alert", "/alerts/over-a-204", "guard", "#take"),
    Screen("alerts-silences", "/alerts/silences", "manager", "form.panel"),
    Screen("alerts-drill", "/alerts/drill", "manager", "form.panel"),
    Screen("account", "/account", "guard", "form"),
    Screen("nodes", "/nodes", "manager", ".node"),
    Screen("doors", "/doors", "manager", "tbody tr"),
    Screen("signs", "/admin/signs", "admin", "form"),
    Screen("sign-go", "/sign/look-a-201", "", "html.go", _SIGN),
    Screen("sign-wait", "/sign/look-a-204", "", "html.wait", _SIGN),
    Screen("sign-airing", "/sign/look-a-301", "", "html.airing", _SIGN),
    Screen("sign-unknown", "/sign/look-a-104", "", "html.unknown", _SIGN),
    Screen("campus", "/admin/campus", "admin", "details"),
    Screen("campus-room", "/admin/campus/rooms/a-204", "admin", "form.panel"),
    Screen("campus-door", "/admin/campus/doors/door-a-204", "admin", "form.panel"),
    Screen("new-door", "/admin/doors/new", "admin", ".stages"),
    Screen("new-door-where", "/admin/doors/new?node=door-9f2a&channel=beams", "admin", "form.panel"),
    Screen("new-door-walk", "/admin/doors/door-a-204/walk", "admin", ".walk"),
    Screen("setup", "/setup?step=begin", "admin", "form.panel"),
    Screen("admin", "/admin", "admin", "h1"),
    Screen("reports", "/report", "admin", "form"),
    Screen("people", "/people", "admin", "tbody tr"),
    Screen("person", "/people/1", "admin", "form"),
    Screen("tokens", "/tokens", "admin", "form"),
    Screen("pin", "/pin", "guard", "h1"),
    Screen("audit", "/audit", "auditor", "tbody tr"),
    Screen("privacy", "/privacy", "", "tbody tr"),
)
