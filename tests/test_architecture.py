"""The design, held: which folder may import which, who owns which package, and who reads a clock."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("protocol", "edge", "hub", "dashboards", "simulator", "commandline", "kuzet", "tests")
#: What each folder may import of ours; a dotted name allows only that module.
MAY_IMPORT = {
    "protocol": {"protocol"},
    "edge": {"edge", "protocol"},
    "hub": {"hub", "protocol"},
    # The hub's tables, and the pure words of its domain; never what carries anything out.
    "dashboards": {
        "dashboards",
        "hub.store",
        "hub.errors",
        "hub.courier.outcomes",
        "hub.layout",
        # Edits of the campus file as text: a dry run makes them in a copy.
        "hub.campus_file",
        "hub.duties",
        "hub.roster",
        "hub.reach",
        "hub.treatment.limits",
        "hub.regime",
        "hub.alerts.alert",
        "hub.alerts.drill",
        "hub.alerts.notification",
        "protocol",
    },
    # The campus file, and the pure estimators that a study with known truth scores.
    "simulator": {"simulator", "edge", "protocol", "hub.layout", "hub.counts"},
    "commandline": {"commandline", "protocol", "edge", "hub", "dashboards", "simulator"},
}
#: Inside the hub a module imports only from its own layer or one below.
HUB_LAYERS = (
    ("duties",),
    ("layout", "errors", "acts"),
    ("regime", "presence", "counts", "treatment", "air", "timetable"),
    ("places", "agenda"),
    ("campus_state", "campus_days", "day_pages"),
    ("node_lives", "closing_days"),
    ("campus",),
    ("space_state",),
    ("rooms", "trusts", "stillness", "proofs"),
    ("situation",),
    ("rules",),
    ("rounds",),
    ("alerts",),
    ("hindsight",),
    ("duty_officer",),
    ("what_if", "handing_over"),
    ("store",),
    ("answering", "board_keeping", "node_watch"),
    ("engine",),
)
#: One owner per third-party package.
OWNERS = {
    "paho": ("protocol/broker.py",),
    "gpiozero": ("edge/drivers/", "simulator/pins.py"),
    "smbus2": ("edge/drivers/", "simulator/i2c_bus.py"),
    "adafruit_mlx90614": ("edge/drivers/",),
    "influxdb_client": ("hub/history/",),
    "sqlalchemy": ("hub/",),
    "psycopg": ("hub/store/postgres.py",),
    "alembic": ("hub/store/migrations/",),
    "cryptography": ("protocol/certificates.py", "hub/enrolment/", "hub/backup/"),
    "flask": ("dashboards/",),
    "argon2": ("hub/store/passwords.py",),
    "apprise": ("hub/receivers/",),
    "icalendar": ("hub/timetable/",),
    "recurring_ical_events": ("hub/timetable/",),
    "amqtt": ("commandline/amqtt_broker.py",),
    "gunicorn": ("dashboards/", "commandline/web_run.py"),
    "tomlkit": ("hub/",),
    "weasyprint": ("dashboards/report/",),
    "openpyxl": ("dashboards/",),
    "pypdfium2": ("dashboards/",),
    "segno": ("dashboards/",),
    "pyotp": ("hub/store/", "dashboards/"),
    "authlib": ("dashboards/",),
}
#: Pure: no input or output, no thread, no clock, no log.
PURE = (
    "edge/signals",
    "edge/life/progress.py",
    "edge/life/moves.py",
    "edge/calibration/figures.py",
    "edge/calibration/door_trial.py",
    "hub/campus.py",
    "hub/campus_state.py",
    "hub/campus_days.py",
    "hub/day_pages.py",
    "hub/node_lives.py",
    "hub/closing_days.py",
    "hub/proofs.py",
    "hub/node_watch.py",
    "hub/hearing.py",
    "hub/room_rows.py",
    "hub/past/gathering.py",
    "hub/past/task_day.py",
    "hub/past/day_sum.py",
    "hub/past/late.py",
    "hub/past/screened.py",
    "hub/store/history_rows.py",
    "hub/store/history_pieces.py",
    "hub/store/room_row.py",
    "dashboards/room/series.py",
    "dashboards/room/page.py",
    "dashboards/api/paging.py",
    "dashboards/report/suppression.py",
    "dashboards/live/views.py",
    "dashboards/live/picture.py",
    "dashboards/duty/signs.py",
    "dashboards/duty/nodes.py",
    "hub/acts.py",
    "hub/duties.py",
    "hub/counts",
    "hub/treatment",
    "hub/air",
    "hub/presence.py",
    "hub/situation.py",
    "hub/allowance.py",
    "hub/ledger.py",
    "hub/board_rows.py",
    "hub/agenda.py",
    "hub/places.py",
    "hub/rounds.py",
    "hub/rooms.py",
    "hub/space_state.py",
    "hub/duty_officer.py",
    "hub/hindsight.py",
    "hub/trusts.py",
    "hub/stillness.py",
    "hub/roster.py",
    "hub/reach.py",
    "hub/regime/limits.py",
    "hub/regime/overrides.py",
    "hub/regime/patching.py",
    "hub/regime/closed.py",
    "hub/timetable/lesson.py",
    "hub/timetable/checking.py",
    "hub/courier/pace.py",
    "hub/receivers/message.py",
    "hub/what_if.py",
    "hub/handing_over.py",
    "hub/regime/schedule.py",
    "hub/rules",
    "hub/alerts",
    "hub/regime/capacity.py",
    "hub/store/received.py",
    "hub/history/points.py",
    "hub/history/board_points.py",
    "hub/home_assistant/words.py",
    "hub/home_assistant/entities.py",
    "hub/home_assistant/open_alerts.py",
    "protocol/codec.py",
    "protocol/events.py",
    "protocol/messages.py",
    "protocol/quantities.py",
    "protocol/topics.py",
)
IMPURE_MODULES = {
    "threading",
    "queue",
    "socket",
    "subprocess",
    "logging",
    "time",
    "random",
    "sqlite3",
    "os",
    "pathlib",
}
CLOCK_CALLS = (
    "datetime.now",
    "datetime.utcnow",
    "time.time",
    "time.monotonic",
    "date.today",
    "time.perf_counter",
)


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    return tuple(_imports(tree_of(path)))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(module: str, allowed: set[str]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in allowed)


def foreign_imports(folder: str) -> list[str]:
    """Imports of ours that the folder may not have; a package imported for one allowed module is allowed."""
    allowed = MAY_IMPORT[folder]
    packages = {one.rpartition(".")[0] for one in allowed}
    return [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources(folder)
        for module in imports_of(path)
        if module.split(".")[0] in OURS and not is_within(module, allowed) and module not in packages
    ]


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_imports_go_one_way(folder: str) -> None:
    assert foreign_imports(folder) == []


def layer_of(module: str) -> int | None:
    parts = module.split(".")
    if parts[0] != "hub" or len(parts) < 2:
        return None
    return next((i for i, names in enumerate(HUB_LAYERS) if parts[1] in names), None)


def test_hub_layers_import_only_downwards() -> None:
    upwards = []
    for path in sources("hub"):
        own = layer_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for module in imports_of(path):
            other = layer_of(module)
            if own is not None and other is not None and other > own:
                upwards.append(f"{path.relative_to(ROOT)} imports {module}")
    assert upwards == []


@pytest.mark.parametrize("package", sorted(OWNERS))
def test_package_has_one_owner(package: str) -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in sources("protocol", "edge", "hub", "dashboards", "simulator", "commandline")
        if any(module.split(".")[0] == package for module in imports_of(path))
    }
    assert [user for user in sorted(users) if not user.startswith(OWNERS[package])] == []


def test_only_the_clock_reads_a_clock() -> None:
    readers = {
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for path in sources("protocol", "edge", "hub", "dashboards", "simulator", "commandline")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(CLOCK_CALLS)
    }
    assert [one for one in sorted(readers) if not one.startswith("protocol/clock.py")] == []


@pytest.mark.parametrize("place", PURE)
def test_pure_code_touches_nothing(place: str) -> None:
    path = ROOT / place
    files = sources(place) if path.is_dir() else [path]
    assert files
    touched = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files
        for module in imports_of(file)
        if module.split(".")[0] in IMPURE_MODULES
    ]
    assert touched == []


def test_importing_the_edge_needs_no_hardware_package() -> None:
    top_level = {
        module
        for path in sources("edge")
        for node in tree_of(path).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in (
            [node.module] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
        )
        if module
    }
    assert not {"gpiozero", "smbus2", "board", "adafruit_mlx90614"} & {one.split(".")[0] for one in top_level}


@pytest.mark.parametrize("folder", ["protocol", "edge", "hub", "dashboards", "simulator", "commandline"])
def test_every_module_opens_with_a_sentence(folder: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources(folder)
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree_of(path))
    ]
    assert silent == []
