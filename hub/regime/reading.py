"""The regime of a campus, from the folder of its profiles: every fault of every file at once."""

from hashlib import sha256
from pathlib import Path

from hub.layout import Layout
from hub.regime.campus_faults import regime_faults
from hub.regime.profile import Profile, read_profile
from hub.regime.schedule import Regime
from protocol.config import did_you_mean
from protocol.errors import ConfigError


def read_regime(
    folder: Path, layout: Layout, rules: tuple[str, ...], *, campus_file: Path | None = None
) -> Regime:
    """The profiles that `layout` names, read from `folder`, and when each is in force.

    Raises ConfigError with every fault of those profiles, and of the campus against them; the campus's
    own are named after `campus_file`, where it is given.
    """
    named = dict.fromkeys([layout.profile, *(switch.profile for switch in layout.switches)])
    known = sorted(path.stem for path in folder.glob("*.toml"))
    profiles: dict[str, Profile] = {}
    digests: dict[str, str] = {}
    faults: list[str] = []
    for name in named:
        path = folder / f"{name}.toml"
        if name not in known:
            hint = did_you_mean(name, known) or f"; known here: {', '.join(known) or 'none'}"
            faults.append(f"{path}: no such regime profile{hint}")
            continue
        try:
            profiles[name] = read_profile(path, rules)
        except ConfigError as error:
            faults += error.faults
            continue
        digests[name] = sha256(path.read_bytes()).hexdigest()
        if profiles[name].id != name:
            faults.append(f"{path}: $.id: is `{profiles[name].id}`, but the file is named `{name}`")
    if not faults:
        where = campus_file if campus_file is not None else "campus"
        faults = [f"{where}: {fault}" for fault in regime_faults(profiles, layout)]
    if faults:
        raise ConfigError(faults)
    return Regime(profiles, layout, digests)
