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
    pictures: tuple[tuple[str, int], ...] = (("kk", 1366),)


#: Screens that people have in their hands.
_PHONE = (("kk", 390),)
SCREENS = (
    Screen("sign-in", "/sign-in", "", "form", _PHONE),
    Screen("board", "/board", "guard", ".tile"),
    Screen("handover", "/handover", "guard", "section:not([hidden])"),
    Screen("room", "/space/a-204", "guard", ".u-wrap"),
    Screen("tasks", "/tasks", "manager", "#tasks li", _PHONE),
    Screen("task", "/tasks/b-202/airing", "manager", "#thumb:not([hidden])", _PHONE),
    Screen("alerts", "/alerts", "guard", ".alerts li"),
    Screen("alerts-past", "/alerts?tab=past", "guard", ".alerts li", _PHONE),
    Screen("alert", "/alerts/over-a-204", "guard", "#take"),
    Screen("alerts-silences", "/alerts/silences", "manager", "form.panel", _PHONE),
    Screen("alerts-drill", "/alerts/drill", "manager", "form.panel", _PHONE),
    Screen("account", "/account", "guard", "form", _PHONE),
    Screen("nodes", "/nodes", "manager", ".node"),
    Screen("doors", "/doors", "manager", "tbody tr"),
    Screen("signs", "/admin/signs", "admin", "form"),
    Screen("sign-go", "/sign/look-a-201", "", "html.go"),
    Screen("sign-wait", "/sign/look-a-204", "", "html.wait"),
    Screen("sign-airing", "/sign/look-a-301", "", "html.airing"),
    Screen("sign-unknown", "/sign/look-a-104", "", "html.unknown"),
    Screen("campus", "/admin/campus", "admin", "details"),
    Screen("campus-room", "/admin/campus/rooms/a-204", "admin", "form.panel"),
    Screen("campus-door", "/admin/campus/doors/door-a-204", "admin", "form.panel"),
    Screen("new-door", "/admin/doors/new", "admin", ".stages"),
    Screen("new-door-where", "/admin/doors/new?node=door-9f2a&channel=beams", "admin", "form.panel"),
    Screen("new-door-walk", "/admin/doors/door-a-204/walk", "admin", ".walk"),
    Screen("setup", "/setup?step=begin", "admin", "form.panel"),
    Screen("admin", "/admin", "admin", "h1"),
    Screen("report", "/report/2026-W47", "auditor", "table"),
    Screen("reports", "/report", "admin", "form"),
    Screen("people", "/people", "admin", "tbody tr"),
    Screen("person", "/people/1", "admin", "form"),
    Screen("tokens", "/tokens", "admin", "form"),
    Screen("pin", "/pin", "guard", "h1", _PHONE),
    Screen("audit", "/audit", "auditor", "tbody tr"),
    Screen("privacy", "/privacy", "", "tbody tr"),
    Screen("rooms-import", "/admin/rooms", "admin", "#list"),
    Screen("limits", "/admin/limits", "admin", "h1"),
    Screen("limit", "/admin/limits/tighten?limit=capacity.classroom.group_cap", "admin", "form.panel"),
    Screen("duties", "/admin/duties", "admin", ".week"),
    Screen("duty", "/admin/duties/guard-a", "admin", "form.panel"),
    Screen("shift", "/admin/duties/shifts/new", "admin", "form.panel"),
    Screen("receivers", "/admin/receivers", "admin", "h1"),
    Screen("map", "/map", "guard", "svg.floor a"),
    Screen("plans", "/admin/plans", "admin", "tbody tr"),
    Screen("plan-editor", "/admin/plans/a/2", "admin", "#canvas svg"),
)
