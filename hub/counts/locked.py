"""What a door's contact and the air of a room prove: that nobody is inside. Pure."""

#: With a CO2 sensor: so long closed, without anybody through any door and without a rise of CO2, minutes.
STILL_MIN = 45
#: Without one: longer than any lesson behind a closed door.
STILL_UNSEEN_MIN = 180
#: Less than that is not a rise, ppm: the sensor's own noise.
RISE_PPM = 20.0


def locked_and_still(
    minute: int, closed_since: int | None, last_passage: int, co2_rise_ppm: float | None
) -> bool:
    """Whether a space is empty for certain; minutes since 1970 UTC.

    `closed_since` is when the last of its doors was closed, None while one is open; `last_passage` when
    somebody last went through any of them; `co2_rise_ppm` the change of CO2 since then over at least
    `STILL_MIN`, None where nothing measures it. People in a closed room make CO2 rise.
    """
    if closed_since is None:
        return False
    still = minute - max(closed_since, last_passage)
    if co2_rise_ppm is None:
        return still >= STILL_UNSEEN_MIN
    return still >= STILL_MIN and co2_rise_ppm < RISE_PPM
