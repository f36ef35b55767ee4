"""Files of recorded head tracks in, walkers as paths through a door in metres and seconds out."""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

#: Frames per second where a file does not say (the recording of the 0.95 m door).
DEFAULT_FPS = 16.0
#: A height above this many units is in centimetres: no head is higher than 3 m.
TALLEST_M = 3.0
_FAULTS_TOLD = 10


class TracksError(ValueError):
    """A file of tracks that cannot be used; `faults` holds each as `file: line 7: what is wrong; hint`."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One head, frame by frame; all rows have the same length."""

    #: Seconds since the recording began, rising.
    t_s: tuple[float, ...]
    #: Metres across the walking direction.
    x_m: tuple[float, ...]
    #: Metres along the walking direction; people walk towards smaller values.
    y_m: tuple[float, ...]

    def crossing_s(self, y_m: float) -> float | None:
        """When the head first passes `y_m` downwards, or None."""
        for k in range(1, len(self.t_s)):
            before, after = self.y_m[k - 1], self.y_m[k]
            if before > y_m >= after:
                share = (before - y_m) / (before - after)
                return self.t_s[k - 1] + share * (self.t_s[k] - self.t_s[k - 1])
        return None

    def at(self, t_s: float) -> tuple[float, float]:
        """The x and y at a time within the track, metres, interpolated."""
        k = min(max(bisect_right(self.t_s, t_s), 1), len(self.t_s) - 1)
        share = (t_s - self.t_s[k - 1]) / (self.t_s[k] - self.t_s[k - 1])
        x_m = self.x_m[k - 1] + share * (self.x_m[k] - self.x_m[k - 1])
        return x_m, self.y_m[k - 1] + share * (self.y_m[k] - self.y_m[k - 1])


def read_tracks(path: Path) -> list[Track]:
    """The tracks of a file `id frame x y z`, metres or centimetres (told by the heights); or TracksError."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise TracksError(
            [f"{path}: cannot be read ({error.strerror}); expected rows id frame x y z"]
        ) from None
    except UnicodeDecodeError:
        raise TracksError([f"{path}: is not text; expected rows id frame x y z"]) from None
    fps = DEFAULT_FPS
    heads: dict[str, dict[int, tuple[float, float]]] = defaultdict(dict)
    heights: list[float] = []
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if line.lstrip().startswith("#"):
            if "framerate:" in words:
                fps = float(words[words.index("framerate:") + 1])
            continue
        if not words:
            continue
        try:
            frame, (x, y, z) = int(words[1]), (float(word) for word in words[2:5])
            if not all(map(math.isfinite, (x, y, z))):
                raise ValueError
        except (ValueError, IndexError):
            faults.append(f"{path}: line {number}: expected id frame x y z, got {line.strip()[:60]!r}")
            continue
        heads[words[0]][frame] = (x, y)
        heights.append(z)
    if faults:
        raise TracksError(faults[:_FAULTS_TOLD])
    if not heads:
        raise TracksError([f"{path}: has no tracks; expected rows id frame x y z"])
    unit_m = 0.01 if median(heights) > TALLEST_M else 1.0
    tracks = []
    for frames in heads.values():
        if len(frames) > 1:
            order = sorted(frames)
            tracks.append(
                Track(
                    t_s=tuple(frame / fps for frame in order),
                    x_m=tuple(frames[frame][0] * unit_m for frame in order),
                    y_m=tuple(frames[frame][1] * unit_m for frame in order),
                )
            )
    return tracks
