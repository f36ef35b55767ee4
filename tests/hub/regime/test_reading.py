import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from hub.layout import read_layout
from hub.regime.reading import read_regime
from protocol.errors import ConfigError
from tests.hub.regime.regimes import FOLDER, ORDER, RULES, SEASON, a_campus, a_switch, an_override, day


def test_shipped_campus_has_a_regime_with_the_digest_of_its_file() -> None:
    layout = read_layout(FOLDER.parent / "campus.toml")
    in_force = read_regime(FOLDER, layout, RULES).at(day("2026-11-23T06:00"))
    digest = sha256((FOLDER / f"{ORDER}.toml").read_bytes()).hexdigest()
    assert (in_force.profile, in_force.digest) == (ORDER, digest)


def test_every_fault_of_every_profile_is_told_at_once(tmp_path: Path) -> None:
    for name in (ORDER, SEASON):
        text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.toml").write_text(text.replace("[trust]", "[trusted]"), encoding="utf-8")
    layout = a_campus(switches=(a_switch("2026-12-01T00:00"), a_switch("2027-12-01T00:00", "kz-winter")))
    with pytest.raises(ConfigError) as caught:
        read_regime(tmp_path, layout, RULES)
    assert [fault.split(": ")[0] for fault in caught.value.faults] == [
        f"{tmp_path}/{ORDER}.toml",
        f"{tmp_path}/{SEASON}.toml",
        f"{tmp_path}/kz-winter.toml",
    ]


def test_profile_that_is_not_named_as_its_file_is_a_fault(tmp_path: Path) -> None:
    shutil.copy(FOLDER / f"{SEASON}.toml", tmp_path / "winter.toml")
    with pytest.raises(ConfigError, match="the file is named `winter`"):
        read_regime(tmp_path, a_campus(profile="winter"), RULES)


def test_fault_of_the_campus_is_named_after_its_file() -> None:
    layout = a_campus(overrides=(an_override("near_share", 0.01),))
    with pytest.raises(ConfigError) as caught:
        read_regime(FOLDER, layout, RULES, campus_file=Path("my-campus.toml"))
    assert caught.value.faults == (
        f"my-campus.toml: $.overrides[0].value: 0.01 is looser than 0.1 of near_share in {ORDER}",
    )
