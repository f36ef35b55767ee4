"""The words of a room list: what its columns and the kinds of rooms are called in three languages. Pure."""

import re
import unicodedata

#: The columns, in the order of the template.
COLUMNS = (
    *("code", "building", "floor", "kind", "area_m2", "desks", "design_capacity"),
    *("name_kk", "name_ru", "name_en"),
)
_HEADERS = {
    "code": "code, room, room code, number, код, номер, номер аудитории, аудитория, кабинет, помещение, "
    "бөлме, бөлме коды, нөмір, нөмірі, есіктегі код, код на двери, code on the door",
    "building": "building, block, корпус, здание, ғимарат, корпусы",
    "floor": "floor, level, storey, этаж, қабат, қабаты",
    "kind": "kind, type, use, вид, тип, назначение, түр, түрі, мақсаты",
    "area_m2": "area, area m2, square, площадь, площадь м2, площадь кв м, аудан, ауданы, аудан м2, "
    "ауданы м2, area sq m, floor area",
    "desks": "desks, seats, парты, парт, столы, мест за партами, рабочих мест, парта, парталар, "
    "үстел, үстелдер",
    "design_capacity": "design capacity, capacity, вместимость, проектная вместимость, мест, "
    "сыйымдылық, сыйымдылығы, жобалық сыйымдылық, жобалық сыйымдылығы",
    "name_kk": "name kk, kazakh name, name kazakh, название каз, название на казахском, қазақша атауы, "
    "атауы, атауы қаз, атауы қазақша, название kk, атауы kk",
    "name_ru": "name ru, russian name, name russian, название, название рус, название на русском, "
    "орысша атауы, атауы орыс, атауы орысша, название ru, атауы ru",
    "name_en": "name en, english name, name english, name, название англ, название на английском, "
    "ағылшынша атауы, атауы ағыл, атауы ағылшынша, название en, атауы en",
}
_KINDS = {
    "classroom": "дәрісхана, сынып, оқу бөлмесі, аудитория, учебная аудитория, класс, "
    "учебный класс, class, room",
    "lecture-hall": "лекция залы, дәріс залы, лекционный зал, лекционная, лекционная аудитория, лекционка, "
    "lecture, lecture theatre, lecture room, auditorium",
    "computer-room": "компьютер сыныбы, компьютерлік сынып, компьютер бөлмесі, компьютерный класс, "
    "компьютерная, компьютерный зал, дисплейный класс, computer lab, computer class",
    "laboratory": "зертхана, оқу зертханасы, лаборатория, учебная лаборатория, лаб, lab",
    "research": "ғылыми зертхана, ғылыми кеңістік, ғылыми бөлме, научная лаборатория, "
    "научное помещение, исследовательская лаборатория, research space, research laboratory, research lab",
    "office": "кеңсе, кабинет, жұмыс бөлмесі, кафедра, деканат, офис, рабочий кабинет, department",
    "corridor": "дәліз, коридор, рекреация, hallway, passage",
    "hall": "холл, вестибюль, кіреберіс холл, акт залы, актовый зал, фойе, entrance hall, lobby, foyer",
    "canteen": "асхана, буфет, столовая, кафе, cafeteria, cafe, dining room",
    "library": "кітапхана, оқу залы, библиотека, читальный зал, reading room",
    "gym": "спорт залы, спортзал, спортивный зал, зал спортивный, sports hall, gymnasium",
    "dormitory": "жатақхана, жатақхана бөлмесі, общежитие, комната общежития, dorm",
}
#: Cyrillic letters that look like Latin ones: `А-204` and `A-204` are one room.
_ALIKE = str.maketrans("авекмнорстухіһүұ", "abekmhopctyxihyy")


def plain(word: str) -> str:
    """A word for comparing: one case, no signs, one space between; `м²` is `м2`."""
    small = unicodedata.normalize("NFKC", word).casefold().replace("ё", "е")
    return " ".join(re.findall(r"[^\W_]+", small))


def plain_code(code: str) -> str:
    """A room's code for comparing: letters that look alike are one letter."""
    return "".join(plain(code).split()).translate(_ALIKE)


def _table(words: dict[str, str]) -> dict[str, str]:
    return {
        plain(word): key
        for key, line in words.items()
        for word in (key, key.replace("_", " "), *line.split(","))
    }


_COLUMN_OF, _KIND_OF = _table(_HEADERS), _table(_KINDS)
#: Every word that names a kind, for a hint.
KIND_WORDS = tuple(_KIND_OF)


def column_of(header: str) -> str | None:
    """The column that a header names; None: none that is known."""
    return _COLUMN_OF.get(plain(header))


def kind_of(word: str) -> str | None:
    """The kind of room that a word names."""
    return _KIND_OF.get(plain(word))
