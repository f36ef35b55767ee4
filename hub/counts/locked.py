"""What closed doors and the air of a room prove: that nobody is inside. Pure."""

#: So long closed, without anybody through any door, minutes.
STILL_MIN = 45
#: Nobody breathes in a closed room whose air is so near to outdoor air by then, ppm: one person brings a
#: room of 150 m³ with half an air change an hour to 150 ppm above it in 45 minutes (science §3.2).
NEAR_OUTDOOR_PPM = 80.0


def locked_and_still(
    minute: int, closed_since: int | None, last_passage: int, co2_over_outdoor_ppm: float | None
) -> bool:
    """Whether a space is empty for certain; minutes since 1970 UTC.

    `closed_since` is when the last of its doors was closed, None while one is open; `last_passage` when
    somebody last went through any of them; `co2_over_outdoor_ppm` the air now, None where nothing measures
    it: then nothing is certain, for a closed door is no locked one and somebody may sit still behind it.
    A level that does not move proves nothing either: that is what people and air changes settle at.
    """
    if closed_since is None or co2_over_outdoor_ppm is None:
        return False
    return minute - max(closed_since, last_passage) >= STILL_MIN and co2_over_outdoor_ppm < NEAR_OUTDOOR_PPM
