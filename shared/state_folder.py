"""The folder of a user in which we keep what outlives a run."""

from collections.abc import Mapping
from pathlib import Path


def state_folder(environment: Mapping[str, str]) -> Path:
    """`voicechat` under `XDG_STATE_HOME`, which is by default `~/.local/state`."""
    given = environment.get("XDG_STATE_HOME", "")
    base = Path(given) if Path(given).is_absolute() else Path.home() / ".local" / "state"
    return base / "voicechat"


def local_certificate(environment: Mapping[str, str]) -> Path:
    """The certificate that `voicechat up --tls` makes for this machine, once it has."""
    return state_folder(environment) / "certificate.pem"
