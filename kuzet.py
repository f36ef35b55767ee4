"""The command line of Kuzet: finds the command and hands over; every command is a module of `commandline`."""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches

#: Every command, by its words. A module is imported only when its command is chosen: a node on a
#: Raspberry Pi never loads the hub.
COMMANDS: dict[tuple[str, ...], str] = {
    ("run",): "run",
    ("check",): "check",
    ("count",): "count",
    ("screen",): "screen",
    ("replay",): "replay",
    ("simulate",): "simulate_day",
    ("simulate", "tracks"): "simulate_tracks",
    ("simulate", "live"): "simulate_live",
    ("edge", "run"): "edge_run",
    ("edge", "check"): "edge_check",
    ("edge", "probe"): "edge_probe",
    ("edge", "calibrate"): "edge_calibrate",
    ("hub", "run"): "hub_run",
    ("web", "run"): "web_run",
    ("broker", "config"): "broker_config",
    ("broker", "run"): "broker_run",
    ("node", "add"): "node_add",
    ("node", "list"): "node_list",
    ("node", "gate"): "node_gate",
    ("node", "revoke"): "node_revoke",
    ("node", "request"): "node_request",
    ("node", "sign"): "node_sign",
    ("node", "install"): "node_install",
    ("authority", "backup"): "authority_backup",
    ("authority", "restore"): "authority_restore",
    ("history", "run"): "history_run",
    ("home-assistant", "run"): "home_assistant_run",
    ("courier", "run"): "courier_run",
    ("courier", "test"): "courier_test",
    ("courier", "list"): "courier_list",
    ("timetable", "check"): "timetable_check",
    ("handover",): "handover",
    ("drill", "certificate"): "drill",
    ("report",): "report",
    ("report", "export"): "report_export",
    ("report", "verify"): "report_verify",
    ("report", "mail"): "report_mail",
    ("backup",): "backup",
    ("backup", "key"): "backup_key",
    ("backup", "list"): "backup_list",
    ("restore",): "restore",
    ("wipe",): "wipe",
    ("edge", "wipe"): "edge_wipe",
    ("user",): "user",
    ("audit",): "audit",
    ("bench", "ingest"): "bench_ingest",
    ("bench", "latency"): "bench_latency",
    ("bench", "backlog"): "bench_backlog",
    ("bench", "edge"): "bench_edge",
    ("bench", "rules"): "bench_rules",
    ("bench", "courier"): "bench_courier",
    ("bench", "board"): "bench_board",
    ("bench", "count"): "bench_count",
    ("bench", "screen"): "bench_screen",
}
HELP: dict[tuple[str, ...], str] = {
    ("run",): "everything on one machine: broker, hub, dashboards; --simulate adds a campus of people",
    ("check",): "check campus, regime, hub, node, receivers and copies' files; every fault at once",
    ("count",): "count the passages of a beam trace",
    ("screen",): "judge thermometer readings, visit by visit",
    ("replay",): "recorded counts or events through outbox, broker and hub; a hub's journal judged again",
    ("simulate",): "a campus day with known truth, scored",
    ("simulate", "tracks"): "turn walking tracks into a beam trace",
    ("simulate", "live"): "drive a simulated campus in real time against a broker",
    ("edge", "run"): "run a node",
    ("edge", "check"): "check a node's file, pins, buses, sensors, disk, clock and broker",
    ("edge", "probe"): "show live what a node's channels see",
    ("edge", "calibrate"): "walk a door, hold a black body before a post, set a sensor",
    ("hub", "run"): "run the hub",
    ("web", "run"): "run the dashboards",
    ("broker", "config"): "write the broker's files: TLS, everybody's rights, limits; the campus's authority",
    ("broker", "run"): "run mosquitto with them; every refusal is a line of its log",
    ("node", "add"): "enrol a node: one file for its SD card",
    ("node", "list"): "who holds a certificate, and until when",
    ("node", "gate"): "has a node come back from an update, as the hub hears it",
    ("node", "revoke"): "take a node's certificates back, and end its live session",
    ("node", "request"): "on a node: make its key and a request for a certificate",
    ("node", "sign"): "at the hub: answer a node's request",
    ("node", "install"): "on a node: take the answer into use",
    ("authority", "backup"): "seal a copy of the key that is the campus, and of who is enrolled",
    ("authority", "restore"): "put such a copy in its place; no node is enrolled anew",
    ("history", "run"): "copy the journal to InfluxDB or VictoriaMetrics",
    ("home-assistant", "run"): "show rooms, doors, alerts and treatments in Home Assistant",
    ("courier", "run"): "tell people what the hub decided, over their channels",
    ("courier", "test"): "send a test message to one receiver",
    ("courier", "list"): "what waits, what could not be delivered, how the receivers are",
    ("timetable", "check"): "lessons against capacity, breaks and staggering, before the week begins",
    ("handover",): "what the next shift has to know, as the hub last wrote it",
    ("report",): "the report of a week as PDF, HTML, XLSX or CSV, or its figures",
    ("report", "export"): "the inspector's export of a period: one ZIP, sealed",
    ("report", "verify"): "check an inspector's export: sums and the chain of its audit log",
    ("report", "mail"): "which weekly report went to whom; send one anew",
    ("drill", "certificate"): "when a drill fired, was told, delivered and acknowledged",
    ("backup",): "copy a campus while it runs, look through the copy, seal it for elsewhere",
    ("backup", "key"): "make the key that seals copies",
    ("backup", "list"): "the copies there are; --verify unpacks each",
    ("restore",): "put a copy in its place, here or on a new machine",
    ("wipe",): "erase a campus from this machine: stores, copies, logs, keys",
    ("edge", "wipe"): "erase a node: outbox, keys, what it has learnt",
    ("user",): "add people who may sign in, list them, give a one-time code",
    ("audit",): "does the chain of the audit log hold; export it; its head to note elsewhere",
    ("bench", "ingest"): "measure durable ingest, events a second",
    ("bench", "latency"): "measure publish to retained state, milliseconds",
    ("bench", "backlog"): "measure catching up after an outage, and alarms meanwhile",
    ("bench", "edge"): "measure a node's memory and CPU",
    ("bench", "rules"): "measure a turn of every rule on a campus of 1,000 rooms and 2,000 doors",
    ("bench", "courier"): "measure what hanging providers cost the ingest",
    ("bench", "board"): "measure the board: weight, paint, event to pixel with 300 boards open, banner, heap",
    ("bench", "count"): "score the counters on walking tracks",
    ("bench", "screen"): "score the screening on thermography volunteers",
}
EXIT_FAULT, EXIT_USAGE = 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status: 0, 1 (fault) or 2 (usage)."""
    words = list(sys.argv[1:] if argv is None else argv)
    chosen = _choose(words)
    if chosen is None:
        return _explain(words)
    try:
        module = importlib.import_module(f"commandline.{COMMANDS[chosen]}")
        parser = argparse.ArgumentParser(
            prog=f"kuzet {' '.join(chosen)}",
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(parser)
        return int(module.run(parser.parse_args(words[len(chosen) :])))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return EXIT_FAULT
    except BrokenPipeError:
        # The reader of our output has gone; nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAULT
    except (OSError, ValueError) as error:
        # Every error tree of ours refines one of these; anything else is a bug and shows itself.
        if os.environ.get("DEBUG"):
            traceback.print_exc()
        # Faults of files name their file first; everything else says that it is an error.
        prefix = "" if getattr(error, "faults", None) else "error: "
        for line in str(error).splitlines() or [type(error).__name__]:
            print(f"{prefix}{line}", file=sys.stderr)
        return EXIT_FAULT


def _choose(words: list[str]) -> tuple[str, ...] | None:
    for length in (2, 1):
        if tuple(words[:length]) in COMMANDS and len(words) >= length:
            return tuple(words[:length])
    return None


def _explain(words: list[str]) -> int:
    """Print the commands, or of a family such as `edge` those alone."""
    if words and words[0] == "--version":
        print(_version())
        return 0
    family = words[0] if words and words[0] in {command[0] for command in COMMANDS} else ""
    rest = words[1:] if family else words
    wants_help = not rest or rest[0] in ("-h", "--help", "help")
    out = sys.stdout if wants_help else sys.stderr
    if not wants_help:
        print(f"error: there is no command `{' '.join(words[:2])}`{_nearest(words[:2])}", file=out)
    print(f"usage: kuzet {family or 'COMMAND'} …   (kuzet COMMAND --help tells more)\n", file=out)
    for command in COMMANDS:
        if not family or command[0] == family:
            print(f"  {' '.join(command):<18} {HELP[command]}", file=out)
    return 0 if wants_help else EXIT_USAGE


def _nearest(words: list[str]) -> str:
    known = [" ".join(command) for command in COMMANDS]
    near = get_close_matches(" ".join(words), known, n=1) or get_close_matches(words[0], known, n=1)
    return f"; did you mean `kuzet {near[0]}`?" if near else ""


def _version() -> str:
    from importlib.metadata import version

    return f"kuzet {version('kuzet')}"


if __name__ == "__main__":
    sys.exit(main())
