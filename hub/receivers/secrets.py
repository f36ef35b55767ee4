"""Secrets from a file that only its owner may read, or from the environment; never in an error."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: The longest secret, characters.
LONGEST = 4096


def read_secret(
    row: Mapping[str, Any], name: str, environment: Mapping[str, str], faults: list[str], at: str
) -> str | None:
    """The value of `<name>`, or of what `<name>_file` or `<name>_env` name; None when none is given.

    What is wrong is added to `faults`.
    """
    if isinstance(inline := row.get(name), str):
        return _one_line(inline, f"{at}.{name}", faults)
    if isinstance(path := row.get(f"{name}_file"), str):
        return _from_file(Path(path), f"{at}.{name}_file", faults)
    if isinstance(variable := row.get(f"{name}_env"), str):
        if variable not in environment:
            faults.append(f"{at}.{name}_env: the environment has no {variable}; set it before the start")
            return None
        return _one_line(environment[variable], f"{at}.{name}_env", faults)
    return None


def _from_file(path: Path, at: str, faults: list[str]) -> str | None:
    try:
        with path.open(encoding="utf-8") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            text = opened.read(LONGEST + 1)
    except UnicodeDecodeError:
        faults.append(f"{at}: {path} is not text")
        return None
    except OSError as error:
        faults.append(f"{at}: {path} cannot be read: {error.strerror}")
        return None
    if mode & 0o077:
        faults.append(f"{at}: others may read {path} (mode {mode:04o}); chmod 600 {path}")
        return None
    return _one_line(text, at, faults)


def _one_line(text: str, at: str, faults: list[str]) -> str | None:
    secret = text.strip()
    if not secret or len(secret) > LONGEST or not secret.isprintable() or " " in secret:
        faults.append(f"{at}: one line without spaces is wanted, at most {LONGEST} characters")
        return None
    return secret
