"""Raw words of a thermometer in, whether it has stopped looking out. Pure.

No check of the bytes sees a sensor whose reading stands still: the words are well formed, in range, and their
checksum is right. But an MLX90614 is noisier than its last bit (0.02 K; its noise is several of those even
with the slowest FIR), so its object word flickers, even before a wall. If half of two neighbouring words were
alike, fifty alike in a row would come by chance once in 10^15. The sensor's own temperature is no witness: it
honestly rests for minutes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckSettings:
    """How long one word may last."""

    #: Counts of 0.02 K over the sensor's own temperature from which something warm is there: 2 °C. A reading
    #: that stands still then may be taken for a person, so patience is short.
    warm_over_raw: int = 100
    #: The same word so often and for so long, with something warm there. At ten looks a second: 5 s.
    warm_samples: int = 50
    warm_s: float = 5.0
    #: The same word so often and for so long, with nobody there. At two looks a second: ten minutes.
    idle_samples: int = 600
    idle_s: float = 600.0


class StuckWatch:
    """Watches the object word of one thermometer."""

    def __init__(self, settings: StuckSettings | None = None) -> None:
        self._settings = settings or StuckSettings()
        self._word: int | None = None
        self._since_s = 0.0
        self._samples = 0
        #: Whether the newest word differs from the one before: the sensor has looked.
        self.has_moved = False

    def feed(self, t_s: float, raw_object: int, raw_ambient: int) -> bool:
        """Whether the reading stands still; again False with the first word that differs.

        `t_s` is monotonic seconds, the words are those of `Reading`. A look that failed is not fed.
        """
        self.has_moved = self._word is not None and raw_object != self._word
        if raw_object != self._word:
            self._word, self._since_s, self._samples = raw_object, t_s, 0
        self._samples += 1
        settings = self._settings
        is_warm = raw_object - raw_ambient > settings.warm_over_raw
        samples = settings.warm_samples if is_warm else settings.idle_samples
        lasts_s = settings.warm_s if is_warm else settings.idle_s
        # A hair less: ten looks a second never add up to the second exactly.
        return self._samples >= samples and t_s - self._since_s > lasts_s * 0.9
