"""`[[reports]]` of the receivers file: who gets the weekly report, and what is wrong with it in words."""

from pathlib import Path

import pytest

from hub.courier.config import read_receivers
from protocol.errors import ConfigError

MAIL = '[[receivers]]\nid = "rector-mail"\nkind = "apprise"\nurl = "mailto://u:p@mail.example.org?to=a@example.org"\n'


def receivers(folder: Path, text: str) -> Path:
    path = folder / "receivers.toml"
    path.write_text(MAIL + text, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_reports_go_on_monday_at_eight_as_a_kazakh_pdf_unless_told(tmp_path: Path) -> None:
    (order,) = read_receivers(receivers(tmp_path, '[[reports]]\nreceivers = ["rector-mail"]\n')).reports
    assert (order.day, order.at, order.format, order.language) == ("mon", "08:00", "pdf", "kk")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('[[reports]]\nreceivers = ["rector-mial"]', "no receiver `rector-mial`; did you mean `rector-mail`"),
        ('[[reports]]\nreceivers = ["rector-mail", "rector-mail"]', "`rector-mail` gets the report already"),
        ('[[reports]]\nreceivers = ["rector-mail"]\nat = "03:30"', "the week ends at 04:00"),
        ('[[reports]]\nreceivers = ["rector-mail"]\nat = "25:00"', "$.reports[0].at"),
        ('[[reports]]\nreceivers = ["rector-mail"]\nformat = "doc"', "$.reports[0].format"),
        ("[[reports]]\nreceivers = []", "$.reports[0].receivers"),
        ('[reports]\nreceivers = ["rector-mail"]', "write `[[reports]]`"),
    ],
)
def test_reports_that_cannot_be_are_refused_in_words(tmp_path: Path, table: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_receivers(receivers(tmp_path, table + "\n"))
    assert says in str(refused.value)
