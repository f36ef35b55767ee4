import pytest

from hub.air.model import (
    ach_between,
    ach_to_ls,
    co2_after,
    purge_min,
    purged_share,
    rebreathed_share,
    supply_ls,
    window_ach,
)

#: CO2 of one seated person, m³/h. Source: CAiMIRA, .042 of .51 m³/h.
SEATED_M3H = 0.042 * 0.51
OUTDOOR = 440.44


def co2(hours: float, people: int, volume_m3: float, ach: float, start_ppm: float = OUTDOOR) -> float:
    return co2_after(
        hours,
        start_ppm=start_ppm,
        outdoor_ppm=OUTDOOR,
        source_m3h=people * SEATED_M3H,
        volume_m3=volume_m3,
        ach=ach,
    )


@pytest.mark.parametrize(
    ("hours", "people", "volume_m3", "ach", "ppm"),
    [
        (0.25, 25, 180, 2, 1025.73),
        (0.5, 25, 180, 2, 1380.72),
        (0.75, 25, 180, 2, 1596.03),
        (0.25, 25, 180, 5, 864.97),
        (0.5, 25, 180, 5, 986.60),
        (0.75, 25, 180, 5, 1021.45),
        (1, 5, 200, 0.25, 914.2487),
        (2, 5, 200, 0.25, 1283.2513),
        (3, 5, 200, 0.25, 1570.6308),
        (4, 5, 200, 0.25, 1794.4422),
    ],
)
def test_co2_known_quantities(hours: float, people: int, volume_m3: float, ach: float, ppm: float) -> None:
    assert co2(hours, people, volume_m3, ach) == pytest.approx(ppm, abs=0.01)


@pytest.mark.parametrize(
    ("hours", "volume_m3", "ach", "start_ppm", "ppm"),
    [
        (2, 200, 0.25, 1794.4422, 1261.684),
        (4, 200, 0.25, 1794.4422, 938.550),
        (0.25, 180, 2, 1596.03, 1141.34),
        (0.25, 180, 5, 1021.45, 606.90),
    ],
)
def test_co2_of_an_empty_room_known_quantities(
    hours: float, volume_m3: float, ach: float, start_ppm: float, ppm: float
) -> None:
    assert co2(hours, 0, volume_m3, ach, start_ppm) == pytest.approx(ppm, abs=0.01)


def test_ach_between_known_quantity() -> None:
    assert ach_between(1500, 817.3097964651577, 420, 0.5) == pytest.approx(2.0, abs=1e-9)


@pytest.mark.parametrize(
    ("ach", "share", "minutes"),
    [
        (2, 0.9, 69),
        (6, 0.99, 46),
        (12, 0.999, 35),
        (4, 0.99, 69),
        (20, 0.9, 7),
        (1, 0.63, 60),
        (8, 0.95, 22),
    ],
)
def test_purge_known_quantities(ach: float, share: float, minutes: float) -> None:
    assert purge_min(ach, share) == pytest.approx(minutes, abs=0.51)


@pytest.mark.parametrize(
    ("ach", "minutes", "share"), [(1, 20, 0.28), (2, 25, 0.57), (5.5, 25, 0.9), (7, 20, 0.9)]
)
def test_what_a_break_removes_known_quantities(ach: float, minutes: float, share: float) -> None:
    assert purged_share(ach, minutes) == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(("ppm", "litres"), [(850, 10.0), (1000, 7.4), (800, 11.3), (1500, 4.0), (2000, 2.7)])
def test_supply_known_quantities(ppm: float, litres: float) -> None:
    assert supply_ls(1, ppm, 420, 0.0043) == pytest.approx(litres, abs=0.05)


def test_air_changes_in_litres_known_quantity() -> None:
    assert ach_to_ls(2, 180) == 100.0


def test_rebreathed_known_quantity() -> None:
    assert rebreathed_share(800, 420) == pytest.approx(0.01, abs=1e-9)
    assert rebreathed_share(400, 420) == 0.0


@pytest.mark.parametrize(
    ("outside_k", "ach"),
    [(243.15, 9.0231), (253.15, 7.9095), (263.15, 6.7184), (273.15, 5.3842), (283.15, 3.7394)],
)
def test_window_known_quantities(outside_k: float, ach: float) -> None:
    got = window_ach(68, width_m=1.0, opening_m=0.6, height_m=1.0, inside_k=293.15, outside_k=outside_k)
    assert got == pytest.approx(ach, abs=0.002)


def test_large_window_known_quantity() -> None:
    got = window_ach(75, width_m=1.6, opening_m=0.6, height_m=1.6, inside_k=293, outside_k=283)
    assert got == pytest.approx(6.86347, abs=0.002)
