"""A history or a Home Assistant file in, every fault of it and of what it names out, at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from commandline.history_run import HistoryConfig, check_url, read_token
from commandline.home_assistant_run import HomeAssistantConfig
from hub.layout import read_layout
from protocol.config import read_struct, read_toml
from protocol.errors import ConfigError


def check(path: Path, kind: str) -> str:
    """Read the file as what it is; returns what was not checked, in words. Raises ConfigError."""
    tables = read_toml(path)
    notes: list[str] = []
    faults: list[str] = []
    if kind == "history":
        _gather(faults, lambda: read_struct(path, HistoryConfig))
        url, token = tables.get("url"), tables.get("token_file")
        if isinstance(url, str):
            _gather(faults, lambda: check_url(url, str(path)))
        if isinstance(token, str) and _is_here(Path(token), "its token", notes):
            _gather(faults, lambda: read_token(token))
    else:
        _gather(faults, lambda: read_struct(path, HomeAssistantConfig))
    campus = tables.get("campus")
    if isinstance(campus, str) and _is_here(Path(campus), "its campus", notes):
        _gather(faults, lambda: read_layout(Path(campus)))
    if faults:
        raise ConfigError(faults)
    return "; ".join(notes)


def _gather(faults: list[str], look: Callable[[], Any]) -> None:
    try:
        look()
    except ConfigError as error:
        faults += error.faults


def _is_here(path: Path, what: str, notes: list[str]) -> bool:
    if path.is_file():
        return True
    notes.append(f"not held against {what}: there is no file {path} here")
    return False
