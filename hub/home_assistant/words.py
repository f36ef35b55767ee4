"""What entities are called, in the three languages. Pure."""

from typing import Literal

from hub.layout import Names
from protocol.events import Task

Language = Literal["kk", "ru", "en"]
PEOPLE = Names(kk="Адамдар", ru="Люди", en="People")
UNIT = Names(kk="адам", ru="чел.", en="people")
STATE = Names(kk="Күйі", ru="Состояние", en="State")
FREE = Names(kk="Бос орын", ru="Свободно мест", en="Places left")
TASKS = Names(kk="Міндетті өңдеулер", ru="Обработок предстоит", en="Treatments owed")
TASK_DUE = Names(kk="Өңдеу мерзімі", ru="Срок обработки", en="Treatment due since")
ALERT = Names(kk="Дабыл", ru="Тревога", en="Alert")
OPEN_ALERTS = Names(kk="Ашық дабылдар", ru="Открытых тревог", en="Open alerts")
WAITING = Names(kk="Ешкім алмаған дабылдар", ru="Тревог никто не взял", en="Alerts nobody has taken")
HAPPENED = Names(kk="Дабыл оқиғасы", ru="Событие тревоги", en="Alert event")
LIGHT = Names(kk="Шам", ru="Сигнал", en="Light")
HEARD = Names(kk="Байланыс", ru="Связь", en="Connection")
HUB = Names(kk="Хабпен байланыс", ru="Связь с хабом", en="Hub")
DOOR = Names(kk="Есік", ru="Дверь", en="Door")
OF_TASK = {
    Task.AIRING: Names(kk="Желдету керек", ru="Проветрить", en="Airing owed"),
    Task.SURFACES: Names(kk="Беттерді өңдеу керек", ru="Обработать поверхности", en="Surfaces owed"),
    Task.EQUIPMENT: Names(kk="Жабдықты өңдеу керек", ru="Обработать оборудование", en="Equipment owed"),
    Task.AIR_DISINFECTION: Names(
        kk="Ауаны зарарсыздандыру керек", ru="Обеззаразить воздух", en="Air disinfection owed"
    ),
}


def said(names: Names, language: Language) -> str:
    """The name in the language."""
    return str(getattr(names, language))
