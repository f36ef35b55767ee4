"""TOML to frozen structs, with every fault at once: `file: path: what is wrong; did you mean …?`."""

import difflib
import re
import tomllib
import types
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from protocol.errors import ConfigError
from protocol.quantities import Duration

S = TypeVar("S", bound=Struct)
_INDEX = re.compile(r"\[\d+\]")
#: A value longer than this is cut where a fault shows it, characters.
_MOST_SHOWN = 200


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises ConfigError when it is missing or not TOML."""
    try:
        # Editors of some systems begin a file with a byte order mark: it is let pass.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError([f"{path}: no such file; check the path"]) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: is a folder, a TOML file is wanted"]) from None
    except PermissionError:
        raise ConfigError([f"{path}: may not be read; check its permissions"]) from None
    except NotADirectoryError:
        raise ConfigError([f"{path}: no such file, {path.parent} is no folder; check the path"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror or error}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from None
    except RecursionError:
        raise ConfigError([f"{path}: lists or tables are nested too deeply"]) from None
    except ValueError as error:
        # Also a number of more digits than Python reads, which is no TOMLDecodeError.
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
    if struct is None or not isinstance(value, Mapping | list):
        return _convert(value, kind, at, faults)
    shape = _shape_of(kind, struct)
    if isinstance(value, list):
        if shape != "list":
            faults.append(f"{at}: is a list of tables, one table is wanted: write `[{_header(at)}]`")
            return None
        return tuple(decode_table(row, struct, f"{at}[{i}]", faults) for i, row in enumerate(value))
    if shape == "list":
        faults.append(f"{at}: is one table, a list of tables is wanted: write `[[{_header(at)}]]`")
        return None
    if shape == "table":
        return {key: decode_table(row, struct, f"{at}.{key}", faults) for key, row in value.items()}
    return decode_table(value, struct, at, faults)


def _convert(value: object, kind: Any, at: str, faults: list[str]) -> Any:
    try:
        return msgspec.convert(value, kind, dec_hook=_decode_own)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        faults.append(f"{at}: {_plain_words(str(error), value, kind)}")
        return None


def _header(at: str) -> str:
    """`doors.beams` of `$.doors[0].beams`, as a table's header is written."""
    return _INDEX.sub("", at).removeprefix("$.")


def _struct_of(kind: Any) -> type[Struct] | None:
    for candidate in _flatten(kind):
        if isinstance(candidate, type) and issubclass(candidate, Struct):
            return candidate
    return None


def _shape_of(kind: Any, struct: type[Struct]) -> str:
    """Whether one `struct` is wanted, a `list` of them, or a `table` of them by name."""
    for option in _options(kind):
        if option is struct:
            return "struct"
        origin = get_origin(option)
        if origin is not None and struct in _flatten(option):
            return "table" if issubclass(origin, Mapping) else "list"
    raise TypeError(f"{kind} holds no {struct.__name__}")


def _options(kind: Any) -> Iterator[Any]:
    """The members of a union, without what is said about them."""
    if get_origin(kind) is Annotated:
        yield from _options(get_args(kind)[0])
    elif get_origin(kind) in (Union, types.UnionType):
        for part in get_args(kind):
            yield from _options(part)
    else:
        yield kind


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
    known = _choices(kind)
    if known and isinstance(value, str | int | float):
        word = _shown(value, str)
        return f"`{word}` is not one of {', '.join(known)}{did_you_mean(word, known)}"
    return f"{message}, got {_shown(value, repr)}"


def _choices(kind: Any) -> list[str]:
    """The words that are taken where nothing else is."""
    words: list[str] = []
    for option in _options(kind):
        if get_origin(option) is Literal:
            words += [str(word) for word in get_args(option)]
        elif isinstance(option, type) and issubclass(option, Enum):
            words += [str(member.value) for member in option]
        elif option is not types.NoneType:
            return []
    return words


def _shown(value: object, say: Callable[[object], str]) -> str:
    try:
        text = say(value)
    except ValueError:
        return "a number of too many digits"
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
