"""A forehead temperature in, a body temperature to *show* out, never one to decide on. Pure.

The formula circulates for MLX90614 wrist and forehead firmware (science.md §1.6). It squeezes 2.18 °C of skin
into 0.5 °C of body, so that nearly everybody reads normal: that is why decisions use the index instead.
"""

#: Ends of the band the formula calls normal, body °C.
_LOW_BODY_C = 36.3
_HIGH_BODY_C = 36.8


def body_mlx_c(skin_c: float, ambient_c: float) -> float:
    """What the formula makes of a forehead of `skin_c` in air of `ambient_c`; all three in °C."""
    over = ambient_c - 25.0
    if over <= 0.0:
        low, high = 32.66 + 0.186 * over, 34.84 + 0.148 * over
    else:
        low, high = 32.66 + 0.086 * over, 34.84 + 0.100 * over
    if skin_c < low:
        return _LOW_BODY_C + (0.551658272522697 + 0.0215250684640259 * ambient_c) * (skin_c - low)
    if skin_c > high:
        return _HIGH_BODY_C + (0.829320617815896 + 0.0023644335442161 * ambient_c) * (skin_c - high)
    return _LOW_BODY_C + (_HIGH_BODY_C - _LOW_BODY_C) / (high - low) * (skin_c - low)
