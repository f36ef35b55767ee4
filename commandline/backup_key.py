"""Make the key that seals copies. Keep it on paper or on a stick too: without it a sealed copy is lost."""

import argparse
from pathlib import Path

from hub.backup.sealing import make_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it goes."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="must not be there yet; readable by you alone"
    )


def run(args: argparse.Namespace) -> int:
    """Make it."""
    make_key(args.file)
    print(f"{args.file}: made; keep another copy of it away from this machine and from the sealed copies")
    return 0
