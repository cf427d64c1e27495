"""An engine by its name, imported only when chosen."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from shared.errors import EngineUnavailable
from shared.settings import Environment


def choose(
    engines: Mapping[str, str], name: str, environment: Environment, group: str
) -> Callable[[], Any]:
    """What makes the engine: calling it loads the model. Its settings are read here.

    `engines` maps names to "module:Class"; the class has its settings type as `Settings`. The
    settings of an engine are the group `<group>_<NAME>`. Raises EngineUnavailable or SettingsError.
    """
    environment.leave(f"{group}_{other.upper()}" for other in engines if other != name)
    engine = find(engines, name)
    return partial(engine, environment.read(engine.Settings, f"{group}_{name}"))


def find(engines: Mapping[str, str], name: str) -> Any:
    """The class of an engine; raises EngineUnavailable if unknown or if its library is missing."""
    check_name(engines, name)
    module, _, attribute = engines[name].partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ImportError as error:
        raise EngineUnavailable(
            f"engine {name!r} cannot be imported ({error}); install it with: {_mend(name, error)}"
        ) from error


def check_name(engines: Mapping[str, str], name: str) -> None:
    """Raise EngineUnavailable for the name of no engine; imports nothing."""
    if name not in engines:
        known = ", ".join(sorted(engines))
        raise EngineUnavailable(f"there is no engine {name!r}; choose from {known}")


def install_command(extra: str) -> str:
    """What installs an extra of ours; typed in the folder of the checkout, as `make run` is."""
    return f".venv/bin/pip install -e '.[{extra}]'"


def _mend(name: str, error: ImportError) -> str:
    """The command that installs what was missing: a Python package, or a library of the system."""
    if "libgomp" in str(error):
        return "sudo apt install libgomp1"
    return install_command(name.replace("_", "-"))
