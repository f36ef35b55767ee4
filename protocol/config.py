"""TOML to frozen structs, with every fault at once: `file: path: what is wrong; did you mean …?`."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Struct

from protocol.errors import ConfigError
from protocol.quantities import Duration

S = TypeVar("S", bound=Struct)
_UNKNOWN_FIELD = re.compile(r"unknown field `([^`]+)`")


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises ConfigError when it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError([f"{path}: no such file; check the path"]) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: is a folder, a TOML file is wanted"]) from None
    except PermissionError:
        raise ConfigError([f"{path}: may not be read; check its permissions"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: not TOML: {error}"]) from None


def read_struct(path: Path, kind: type[S]) -> S:
    """The file at `path` as a `kind`. Raises ConfigError with every fault of the file."""
    tables = read_toml(path)
    faults: list[str] = []
    decoded = decode_table(tables, kind, "$", faults)
    if decoded is None:
        raise ConfigError([f"{path}: {fault}" for fault in faults])
    return decoded


def decode_table(table: object, kind: type[S], at: str, faults: list[str]) -> S | None:
    """`table` as a `kind`, or None after adding every fault to `faults` as `path: what is wrong`.

    Fields that hold structs, or lists and tables of structs, are decoded one by one so that a
    fault in one hides none in another.
    """
    if not isinstance(table, Mapping):
        faults.append(f"{at}: expected a table, got {type(table).__name__}")
        return None
    before = len(faults)
    names = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in table:
        if key not in names:
            faults.append(f"{at}: unknown key `{key}`{did_you_mean(str(key), names)}")
    values: dict[str, Any] = {}
    for key, field in names.items():
        if key not in table:
            if field.required:
                faults.append(f"{at}: required key `{key}` is missing")
            continue
        values[field.name] = _decode_value(table[key], field.type, f"{at}.{key}", faults)
    if len(faults) > before:
        return None
    try:
        return kind(**values)
    except (ValueError, TypeError) as error:
        faults.append(f"{at}: {error}")
        return None


def did_you_mean(word: str, known: Mapping[str, object] | list[str] | tuple[str, ...]) -> str:
    """`; did you mean x?` for the nearest of the known words, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _decode_value(value: object, kind: Any, at: str, faults: list[str]) -> Any:
    struct = _struct_of(kind)
    if struct is not None and isinstance(value, Mapping) and _is_plain(kind, struct):
        return decode_table(value, struct, at, faults)
    if struct is not None and isinstance(value, list):
        return tuple(decode_table(row, struct, f"{at}[{i}]", faults) for i, row in enumerate(value))
    if struct is not None and isinstance(value, Mapping):
        return {key: decode_table(row, struct, f"{at}.{key}", faults) for key, row in value.items()}
    try:
        return msgspec.convert(value, kind, dec_hook=_decode_own)
    except (msgspec.ValidationError, ValueError) as error:
        faults.append(f"{at}: {_plain_words(str(error), value, kind)}")
        return None


def _struct_of(kind: Any) -> type[Struct] | None:
    for candidate in _flatten(kind):
        if isinstance(candidate, type) and issubclass(candidate, Struct):
            return candidate
    return None


def _is_plain(kind: Any, struct: type[Struct]) -> bool:
    return struct in (kind, *(a for a in get_args(kind) if getattr(kind, "__origin__", None) is None))


def _flatten(kind: Any) -> Iterator[Any]:
    yield kind
    for part in get_args(kind):
        yield from _flatten(part)


def _decode_own(kind: type, value: object) -> object:
    if kind is Duration:
        if isinstance(value, str):
            return Duration(value)
        raise ValueError(f'a duration needs a unit: "{value}s" or "{value}min"')
    raise NotImplementedError(kind)


def _plain_words(message: str, value: object, kind: Any) -> str:
    choices = getattr(kind, "__members__", None)
    if choices and isinstance(value, str):
        known = [str(member.value) for member in choices.values()]
        return f"`{value}` is not one of {', '.join(known)}{did_you_mean(value, known)}"
    return f"{message}, got {value!r}"
