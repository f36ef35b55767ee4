"""The lock file in, known weaknesses of what it names out, as a service of advisories knows them.

pip-audit asks the service. Where it is not installed or reaches none, that is said: nothing was looked up,
which is not the same as nothing found. `make audit` runs this; exit status 1 when a weakness is known.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

LOCK = Path(__file__).parents[1] / "requirements" / "run.txt"
NOT_RUN = "packages: not run: no advisory service"
#: A service that answers slowly is one that is not reached, seconds.
PATIENCE_S = 300


class Verdict(NamedTuple):
    """What is to be said, and the exit status."""

    lines: list[str]
    status: int


def judge(document: dict[str, Any]) -> Verdict:
    """What pip-audit's JSON says of the lock."""
    packages = document.get("dependencies", [])
    asked = [one for one in packages if "skip_reason" not in one]
    if not asked:
        return Verdict([f"{NOT_RUN} knows any of {len(packages)} packages here"], 0)
    lines = [
        f"{one['name']} {one['version']}: {weak['id']}, mended in {', '.join(weak['fix_versions']) or 'none'}"
        for one in asked
        for weak in one["vulns"]
    ]
    status = 1 if lines else 0
    unknown = sorted(one["name"] for one in packages if "skip_reason" in one)
    if unknown:
        lines.append(f"packages: not looked up: {', '.join(unknown)}")
    lines.append(
        f"packages: {len(asked)} looked up, {'weaknesses are known' if status else 'no weakness is known'}"
    )
    return Verdict(lines, status)


def look_up(program: str | None, lock: Path = LOCK) -> Verdict:
    """Ask by pip-audit; `program` is its path, None where it is not installed."""
    if program is None:
        return Verdict([f"{NOT_RUN} was asked: pip-audit is not installed (pip install pip-audit)"], 0)
    # Nothing is installed for it: versions and sums stand in the lock.
    command = [program, "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    try:
        done = subprocess.run(
            [*command, "--requirement", str(lock)],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        return judge(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return Verdict([f"{NOT_RUN} answered within {PATIENCE_S} s"], 0)
    except json.JSONDecodeError:
        why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return Verdict([f"{NOT_RUN} was reached: {why[:200]}"], 0)


if __name__ == "__main__":
    beside = Path(sys.executable).with_name("pip-audit")
    found = look_up(str(beside) if beside.exists() else shutil.which("pip-audit"))
    print("\n".join(found.lines))
    sys.exit(found.status)
