"""Every route of the dashboards: who may use it, and an address for it. One that is not here fails the walk.

One line each: method and rule, and the roles that may. Add yours when you add a route.
"""

from flask import Flask

GUARD, MANAGER, ADMIN, AUDITOR = "guard", "manager", "admin", "auditor"
ROLES = (GUARD, MANAGER, ADMIN, AUDITOR)
EVERYBODY = frozenset(ROLES)
ACTING = EVERYBODY - {AUDITOR}
MANAGING = frozenset({MANAGER, ADMIN})
ADMINS = frozenset({ADMIN})
OVERSEERS = frozenset({ADMIN, AUDITOR})
#: Needs no sign-in at all.
OPEN = EVERYBODY | {"nobody"}

#: What is read.
READ: dict[str, frozenset[str]] = {
    "/": EVERYBODY,
    "/account": EVERYBODY,
    "/admin": EVERYBODY,
    "/admin/campus": ADMINS,
    "/admin/campus/buildings/<building_id>": ADMINS,
    "/admin/campus/buildings/new": ADMINS,
    "/admin/campus/doors/<door_id>": ADMINS,
    "/admin/campus/rooms/<space_id>": ADMINS,
    "/admin/campus/rooms/new": ADMINS,
    "/admin/doors/<door_id>/ready": ADMINS,
    "/admin/doors/<door_id>/walk": ADMINS,
    "/admin/doors/new": ADMINS,
    "/admin/duties": ADMINS,
    "/admin/duties/<duty_id>": ADMINS,
    "/admin/duties/shifts/<shift_id>": ADMINS,
    "/admin/limits": ADMINS,
    "/admin/limits/tighten": ADMINS,
    "/admin/limits/try/<job_id>": ADMINS,
    "/admin/receivers": ADMINS,
    "/admin/rooms": ADMINS,
    "/admin/rooms/template.<any(csv, xlsx):ending>": ADMINS,
    "/admin/plans": ADMINS,
    "/admin/plans/<building>/<int(signed=True):floor>": ADMINS,
    "/admin/signs": OVERSEERS,
    "/alerts": EVERYBODY,
    "/alerts/<alert_id>": EVERYBODY,
    "/alerts/drill": EVERYBODY,
    "/alerts/silences": EVERYBODY,
    "/api/1/alerts": EVERYBODY,
    "/api/1/audit": OVERSEERS,
    "/api/1/errands": EVERYBODY,
    "/api/1/handover": EVERYBODY,
    "/api/1/live": EVERYBODY,
    "/api/1/nodes": EVERYBODY,
    "/api/1/openapi.json": OPEN,
    "/api/1/silences": EVERYBODY,
    "/api/1/spaces": EVERYBODY,
    "/api/1/spaces/<space_id>": EVERYBODY,
    "/api/1/state": EVERYBODY,
    "/api/1/history": EVERYBODY,
    "/api/1/spaces/<space_id>/room": EVERYBODY,
    "/audit": OVERSEERS,
    "/privacy": OPEN,
    "/space/<space_id>": EVERYBODY,
    "/board": EVERYBODY,
    "/doors": EVERYBODY,
    "/handover": EVERYBODY,
    "/healthz": OPEN,
    "/language/<chosen>": OPEN,
    "/manifest.webmanifest": OPEN,
    "/map": EVERYBODY,
    "/map/<building>/<int(signed=True):floor>": EVERYBODY,
    "/map/doors": EVERYBODY,
    "/map/floors": EVERYBODY,
    "/map/picture/<sha256>": EVERYBODY,
    "/metrics": OPEN,
    "/nodes": EVERYBODY,
    "/people": OVERSEERS,
    "/api/1/reports/<file>": EVERYBODY,
    "/report": EVERYBODY,
    "/report/<name>": EVERYBODY,
    "/restored": EVERYBODY,
    "/people/<int:key>": OVERSEERS,
    "/pin": EVERYBODY,
    "/pin/names": EVERYBODY,
    "/setup": ADMINS,
    "/sign-in": OPEN,
    "/sign-in/second-step": OPEN,
    "/sign/<token>": OPEN,
    "/sign/<token>/state": OPEN,
    "/static/<build>/<path:name>": OPEN,
    "/tasks": EVERYBODY,
    "/tasks/<space_id>/<task>": EVERYBODY,
    "/tasks/offline": EVERYBODY,
    "/tasks/token": EVERYBODY,
    "/tokens": OVERSEERS,
    "/worker.js": OPEN,
}

#: What changes something: method and rule.
CHANGE: dict[tuple[str, str], frozenset[str]] = {
    ("POST", "/account/password"): EVERYBODY,
    ("POST", "/account/pin"): EVERYBODY,
    ("POST", "/account/second-step"): EVERYBODY,
    ("POST", "/account/second-step/confirm"): EVERYBODY,
    ("POST", "/account/second-step/end"): EVERYBODY,
    ("POST", "/admin/campus"): ADMINS,
    ("POST", "/admin/campus/buildings/<building_id>"): ADMINS,
    ("POST", "/admin/campus/buildings/<building_id>/remove"): ADMINS,
    ("POST", "/admin/campus/buildings/new"): ADMINS,
    ("POST", "/admin/campus/doors/<door_id>"): ADMINS,
    ("POST", "/admin/campus/doors/<door_id>/remove"): ADMINS,
    ("POST", "/admin/campus/empty"): ADMINS,
    ("POST", "/admin/campus/rooms/<space_id>"): ADMINS,
    ("POST", "/admin/campus/rooms/<space_id>/remove"): ADMINS,
    ("POST", "/admin/campus/rooms/new"): ADMINS,
    ("POST", "/admin/doors/<door_id>/listen"): ADMINS,
    ("POST", "/admin/doors/<door_id>/reverse"): ADMINS,
    ("POST", "/admin/doors/new"): ADMINS,
    ("PUT", "/admin/plans/<building>/<int(signed=True):floor>/drawing"): ADMINS,
    ("POST", "/admin/plans/<building>/<int(signed=True):floor>/map"): ADMINS,
    ("POST", "/admin/plans/<building>/<int(signed=True):floor>/picture"): ADMINS,
    ("POST", "/admin/plans/<building>/<int(signed=True):floor>/remove"): ADMINS,
    ("POST", "/admin/plans/<building>/<int(signed=True):floor>/restore"): ADMINS,
    ("POST", "/admin/duties/<duty_id>"): ADMINS,
    ("POST", "/admin/duties/shifts/<shift_id>"): ADMINS,
    ("POST", "/admin/limits/loosen"): ADMINS,
    ("POST", "/admin/limits/switch"): ADMINS,
    ("POST", "/admin/limits/tighten"): ADMINS,
    ("POST", "/admin/limits/unswitch"): ADMINS,
    ("POST", "/admin/receivers/<receiver>/test"): ADMINS,
    ("POST", "/admin/rooms"): ADMINS,
    ("POST", "/admin/signs"): ADMINS,
    ("POST", "/admin/signs/<token>/remove"): ADMINS,
    ("POST", "/alerts/<alert_id>/shelve"): ACTING,
    ("POST", "/alerts/<alert_id>/take"): ACTING,
    ("POST", "/alerts/drill"): MANAGING,
    ("POST", "/alerts/silences"): MANAGING,
    ("POST", "/alerts/silences/<silence_id>/end"): MANAGING,
    ("POST", "/alerts/take"): ACTING,
    ("POST", "/api/1/alerts/<alert_id>/ack"): ACTING,
    ("POST", "/api/1/alerts/<alert_id>/shelve"): ACTING,
    ("POST", "/api/1/drills"): MANAGING,
    ("POST", "/api/1/silences"): MANAGING,
    ("DELETE", "/api/1/silences/<silence_id>"): MANAGING,
    ("POST", "/api/1/spaces/<space_id>/hold"): ACTING,
    ("POST", "/api/1/spaces/<space_id>/recount"): ACTING,
    ("POST", "/api/1/spaces/<space_id>/tasks/<task>/abort"): ACTING,
    ("POST", "/api/1/spaces/<space_id>/tasks/<task>/done"): ACTING,
    ("POST", "/api/1/spaces/<space_id>/tasks/<task>/give"): ACTING,
    ("POST", "/api/1/spaces/<space_id>/tasks/<task>/start"): ACTING,
    ("POST", "/api/1/spaces/<space_id>/tasks/<task>/take"): ACTING,
    ("POST", "/handover/read"): ACTING,
    ("POST", "/people"): ADMINS,
    ("POST", "/people/<int:key>"): ADMINS,
    ("POST", "/people/<int:key>/<what>"): ADMINS,
    ("POST", "/people/second-step"): ADMINS,
    ("POST", "/pin"): EVERYBODY,
    ("POST", "/report/export"): OVERSEERS,
    ("POST", "/restored/read"): ADMINS,
    ("POST", "/setup/begin"): ADMINS,
    ("POST", "/setup/campus"): ADMINS,
    ("POST", "/setup/password"): ADMINS,
    ("POST", "/sign-in"): OPEN,
    ("POST", "/sign-in/second-step"): OPEN,
    ("POST", "/sign-out"): EVERYBODY,
    ("POST", "/space/<space_id>/hold"): ACTING,
    ("POST", "/space/<space_id>/recount"): ACTING,
    ("POST", "/space/<space_id>/tasks/<task>/<action>"): ACTING,
    ("POST", "/tokens"): ADMINS,
    ("POST", "/tokens/<int:key>/revoke"): ADMINS,
}

#: What stands in an address for each part of a rule.
EXAMPLES = {
    "<any(csv, xlsx):ending>": "csv",
    "<duty_id>": "guard-a",
    "<job_id>": "none",
    "<receiver>": "none",
    "<shift_id>": "day",
    "<building_id>": "a",
    "<building>": "a",
    "<int(signed=True):floor>": "2",
    "<sha256>": "none",
    "<door_id>": "door-a-204",
    "<chosen>": "ru",
    "<build>": "b1",
    "<path:name>": "base.css",
    "<space_id>": "a-204",
    "<alert_id>": "over-a-204",
    "<task>": "airing",
    "<silence_id>": "quiet",
    "<int:key>": "1",
    "<what>": "code",
    "<action>": "start",
    "<token>": "none",
    "<file>": "2026-W47.csv",
    "<name>": "2026-W47",
}


def address(rule: str) -> str:
    """An address that the rule fits."""
    for name, example in EXAMPLES.items():
        rule = rule.replace(name, example)
    return rule


def rules(app: Flask, *methods: str) -> set[tuple[str, str]]:
    """Each method and rule of the app, of those methods."""
    return {
        (method, one.rule)
        for one in app.url_map.iter_rules()
        for method in (one.methods or set()) & set(methods)
    }
