"""Send a test message to one receiver of `receivers.toml` and print what came back."""

import argparse
import json
import secrets
import select
import sys
from pathlib import Path

from hub.courier.config import Post, read_receivers
from hub.courier.wording import Wording, read_texts
from hub.courier.worker_process import WorkerProcess
from hub.receivers.message import Message, Outcome, Sent
from protocol.clock import SystemClock
from protocol.config import did_you_mean

#: What a person does next.
NEXT = {
    Outcome.ACCEPTED: "the provider has taken it; look whether it arrived",
    Outcome.PASSING: "it may work later: the courier would try again",
    Outcome.PERMANENT: "it will not work until the receiver is mended",
    Outcome.UNKNOWN: "nobody knows whether it arrived: the courier would send it again",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet courier test`."""
    parser.add_argument("receiver", help="its id in receivers.toml")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="receivers.toml")
    parser.add_argument("--language", choices=("kk", "ru", "en"), help="default: the receiver's own, or kk")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Send one message; status 1 when it was not taken."""
    receivers = read_receivers(args.config)
    post = receivers.posts.get(args.receiver)
    if post is None:
        known = ", ".join(receivers.posts) or "none"
        hint = did_you_mean(args.receiver, receivers.posts)
        raise ValueError(f"there is no receiver `{args.receiver}` in {args.config}; it has {known}{hint}")
    language = args.language or post.box.config.language or "kk"
    wording = Wording(read_texts(), receivers.config.base_url)
    clock = SystemClock()
    began_s = clock.monotonic()
    message = wording.test(args.receiver, language, secrets.token_hex(4))
    sent = send(post, message)
    took_s = clock.monotonic() - began_s
    if args.json:
        said = {"receiver": args.receiver, "id": message.short_id, "outcome": sent.outcome.value}
        said |= {"status": sent.status, "fault": sent.fault, "took_s": round(took_s, 3)}
        print(json.dumps(said, ensure_ascii=False))
    else:
        status = f" (answered {sent.status})" if sent.status is not None and not sent.fault else ""
        fault = f": {sent.fault}" if sent.fault else ""
        out = sys.stdout if sent.outcome is Outcome.ACCEPTED else sys.stderr
        print(f"{args.receiver}: {sent.outcome.value}{status}{fault}, after {took_s:.1f} s", file=out)
        print(f"{NEXT[sent.outcome]} (No. {message.short_id})", file=out)
    return 0 if sent.outcome is Outcome.ACCEPTED else 1


def send(post: Post, message: Message) -> Sent:
    """Send one message with the receiver's own deadline."""
    clock, worker = SystemClock(), WorkerProcess(post.order)
    deadline_s = clock.monotonic() + post.box.config.deadline.seconds
    try:
        worker.give(message)
        while (sent := worker.poll()) is None:
            left_s = deadline_s - clock.monotonic()
            if left_s <= 0:
                return Sent(outcome=Outcome.UNKNOWN, fault="no answer in time; its worker was killed")
            number = worker.fileno()
            select.select([number] if number is not None else [], [], [], left_s)
        return sent
    finally:
        worker.end()
