"""A struct of limits with some of its values changed: by a variant, or by an override. Pure."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from protocol.config import decode_table, did_you_mean
from protocol.quantities import Duration

S = TypeVar("S", bound=Struct)


def as_tables(limits: Struct) -> dict[str, Any]:
    """The struct as its file would say it, without what is None."""
    told: dict[str, Any] = _as_plain(limits)
    return told


def merge(tables: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`tables` with the values of `changes` in their place; tables are merged, lists replaced."""
    merged = dict(tables)
    for key, value in changes.items():
        old = tables.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            value = merge(old, value)
        merged[key] = value
    return merged


def patched(limits: S, changes: Mapping[str, Any], at: str, faults: list[str]) -> S | None:
    """`limits` with `changes`, or None after adding every fault of them to `faults`, paths under `at`.

    Only the tables that change are read anew: a campus may have an override for each of its rooms.
    """
    before = len(faults)
    names = {field.encode_name: field.name for field in msgspec.structs.fields(type(limits))}
    values: dict[str, Any] = {}
    for key, change in changes.items():
        if key not in names:
            faults.append(f"{at}: unknown key `{key}`{did_you_mean(key, names)}")
            continue
        old = {key: _as_plain(getattr(limits, names[key]))}
        part = decode_table(merge(old, {key: change}), _part_of(type(limits), key), at, faults)
        if part is not None:
            values[names[key]] = getattr(part, names[key])
    if len(faults) > before:
        return None
    try:
        return replace(limits, **values)
    except ValueError as error:
        faults.append(f"{at}: {error}")
        return None


@lru_cache(maxsize=256)
def _part_of(kind: type[Struct], key: str) -> type[Struct]:
    """A struct of one field of `kind`."""
    field = next(one for one in msgspec.structs.fields(kind) if one.encode_name == key)
    return msgspec.defstruct(f"{kind.__name__}_{field.name}", [(field.name, field.type)], frozen=True)


def nested(path: str, value: object) -> dict[str, Any]:
    """`{"a": {"b": value}}` of the path `a.b`."""
    first, _, rest = path.partition(".")
    return {first: nested(rest, value) if rest else value}


def _as_plain(value: object) -> Any:
    return _without_none(msgspec.to_builtins(value, builtin_types=(date,), enc_hook=_encode_own))


def _encode_own(value: object) -> object:
    if isinstance(value, Duration):
        return value.text
    raise NotImplementedError(type(value))


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_without_none(one) for one in value]
    return value
