"""Where the shipped campus and regime profiles are, when nothing else is said."""

from pathlib import Path

_DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
CAMPUS = _DEPLOY / "campus.toml"
REGIME = _DEPLOY / "regime"
DATA = Path("data")
