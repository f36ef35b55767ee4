import pytest

from edge.signals.body_estimate import body_mlx_c

# science_vectors.py, `body`
VECTORS = [
    (31.0, 20.0, 35.583),
    (32.66, 25.0, 36.300),
    (33.0, 22.0, 36.496),
    (34.0, 22.0, 36.714),
    (34.84, 25.0, 36.800),
    (35.0, 24.0, 37.073),
    (35.5, 24.0, 37.516),
    (36.0, 24.0, 37.959),
    (37.0, 25.0, 38.719),
    (34.0, 28.0, 36.543),
    (36.0, 28.0, 37.570),
]


@pytest.mark.parametrize(("skin_c", "ambient_c", "body_c"), VECTORS)
def test_body_estimate_matches_vectors(skin_c: float, ambient_c: float, body_c: float) -> None:
    assert body_mlx_c(skin_c, ambient_c) == pytest.approx(body_c, abs=0.0006)


def test_body_estimate_squeezes_skin_to_normal() -> None:
    # 2.18 °C of skin become 0.5 °C of body: why it is never decided on.
    assert body_mlx_c(34.84, 25.0) - body_mlx_c(32.66, 25.0) == pytest.approx(0.5)
