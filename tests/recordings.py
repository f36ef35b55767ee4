"""The real recordings beside the project, by path; without them a test is skipped, but fails in CI."""

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "shared" / "data"


def recording(name: str) -> Path:
    """A file or folder of the recordings; where it is missing the test is skipped, or fails where CI=true."""
    path = FOLDER / name
    if path.exists():
        return path
    missing = f"{path} is missing: the recordings are kept beside the project, not in it"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)
