"""What a query in InfluxQL names: measurement, fields, tags and values of tags. Every name is quoted."""

import re
from typing import NamedTuple

_NAME = r'"([^"]+)"'
#: What may stand in a query beside quoted names, values and numbers.
_KEYWORDS = "select from where and or group by as fill null time show tag values with key"
_FUNCTIONS = "sum mean median min max count last percentile non_negative_derivative"
_WORDS = {*_KEYWORDS.split(), *_FUNCTIONS.split(), "$timefilter", "$__interval"}


class Asked(NamedTuple):
    """What one query names."""

    measurements: set[str]
    fields: set[str]
    tags: set[str]
    #: A tag and a value it is compared with; those of variables are left out.
    values: set[tuple[str, str]]
    #: What is none of that: a name without quotes, or a function not known here.
    strange: set[str]


def asked(query: str) -> Asked:
    """The names in it."""
    measurements = set(re.findall(rf"FROM {_NAME}", query))
    renamed = set(re.findall(rf"AS {_NAME}", query))
    bare = re.sub(rf"(FROM|AS) {_NAME}", "", query)
    timeless = re.sub(r"time\([^)]*\)", "", bare)
    grouped = " ".join(re.findall(r"GROUP BY ([^()]*?)(?: fill|\)|$)", timeless))
    compared = re.findall(rf"{_NAME} (?:=|!=) '([^']*)'", bare)
    matched = re.findall(rf"{_NAME} =~ /\^(.*?)\$/", bare)
    keys = set(re.findall(rf"KEY = {_NAME}", bare))
    tags = set(re.findall(_NAME, grouped)) | {tag for tag, _ in (*compared, *matched)} | keys
    fields = set(re.findall(_NAME, bare)) - tags - renamed
    choices = [(tag, one) for tag, many in matched for one in many.strip("()").split("|")]
    values = {(tag, one) for tag, one in (*compared, *choices) if not one.startswith("$")}
    rest = re.sub(r"\"[^\"]*\"|'[^']*'|/\^.*?\$/", " ", query)
    words = re.findall(r"[$\w.]+", rest)
    strange = {one for one in words if one.lower() not in _WORDS and not re.fullmatch(r"\d+[smhd]?", one)}
    return Asked(measurements, fields, tags, values, strange)


def faults_of(
    query: str, written: dict[str, tuple[set[str], set[str]]], allowed: dict[str, set[str]]
) -> list[str]:
    """What in it nobody writes. `written`: measurement to tags and fields; `allowed`: values by tag."""
    found = asked(query)
    faults = [f"measurement {one}" for one in found.measurements - set(written)]
    faults += [] if found.measurements else ["no measurement"]
    tags = {tag for one in found.measurements for tag in written.get(one, (set(), set()))[0]}
    fields = {field for one in found.measurements for field in written.get(one, (set(), set()))[1]}
    faults += [f"tag {one}" for one in found.tags - tags]
    faults += [f"field {one}" for one in found.fields - fields]
    faults += [f"value {tag}={one}" for tag, one in found.values if one not in allowed.get(tag, set())]
    return sorted(faults + [f"word {one}" for one in found.strange])
