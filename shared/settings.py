"""From the environment to typed settings; the environment is read once, in `__main__`."""

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from shared.errors import SettingsError

PREFIX = "VOICECHAT_"
GROUPS = ("GATEWAY", "ENDPOINTING", "STT", "LLM", "TTS", "WORKER", "TELEMETRY", "UP", "CLIENT")
"""Groups of variables that only some of the processes read; all read REDIS and LOG."""
_TRUTH = {"yes": True, "on": True, "true": True, "1": True} | {
    "no": False,
    "off": False,
    "false": False,
    "0": False,
}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all settings: each field is one variable, its group and name in upper case."""


S = TypeVar("S", bound=Settings)


class Environment:
    """The variables with our prefix. Each must belong to somebody: `check` names the others."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._values = {name: text for name, text in variables.items() if name.startswith(PREFIX)}
        self._known: set[str] = set()
        self._own: set[str] = set()
        self._foreign: set[str] = set()

    def read(self, settings: type[S], group: str) -> S:
        """The settings of a group (`STT_MOONSHINE`); raises SettingsError naming the variable."""
        self._own.add(f"{PREFIX}{group}_".upper())
        hints = get_type_hints(settings, include_extras=True)
        values: dict[str, object] = {}
        for field in msgspec.structs.fields(settings):
            name = variable(group, field.name)
            self._known.add(name)
            if name in self._values:
                values[field.name] = _convert(name, self._values[name], hints[field.name])
            elif field.required:
                raise SettingsError(f"{name} is not set, and has no default")
        try:
            return msgspec.convert(values, settings)
        except msgspec.ValidationError as error:
            raise SettingsError(f"{PREFIX}{group}_…: {error}") from error

    def leave(self, groups: Iterable[str]) -> None:
        """Pass over groups that other processes or engines read.

        A variable is of the group whose name is the longest that it begins with.
        """
        self._foreign.update(f"{PREFIX}{group}_" for group in groups)

    def check(self) -> None:
        """Raise SettingsError for a variable nobody knows, naming the nearest one that is known."""
        for name in sorted(self._values):
            if name not in self._known and not self._is_foreign(name):
                raise SettingsError(f"{name} is not a setting{self._nearest(name)}")

    def _is_foreign(self, name: str) -> bool:
        foreign = _longest_match(name, self._foreign)
        return 0 < foreign >= _longest_match(name, self._own)

    def _nearest(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._known, n=1, cutoff=0.5)
        return f"; did you mean {near[0]}?" if near else "; docs/configuration.md lists them all"


def variable(group: str, field: str) -> str:
    """Name of the environment variable of a field."""
    return f"{PREFIX}{group}_{field}".upper()


def _longest_match(name: str, prefixes: Iterable[str]) -> int:
    """Length of the longest prefix that the name has; 0 if it has none."""
    return max((len(prefix) for prefix in prefixes if name.startswith(prefix)), default=0)


def _convert(name: str, text: str, wanted: Any) -> object:
    """Text as the wanted type; lists are separated by commas."""
    value: object = text
    if wanted is bool and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if get_origin(wanted) is tuple:
        value = [part.strip() for part in text.split(",") if part.strip()]
    elif wanted is float or float in get_args(wanted):
        value = f"0{text}" if text.startswith(".") else text
    try:
        converted: object = msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{name}={text!r} does not fit: {error}") from error
    if isinstance(converted, float) and not math.isfinite(converted):
        raise SettingsError(f"{name}={text!r} does not fit: it has to be a finite number")
    return converted
