"""Whatever a user can set, see or send is named in docs/, and nothing there is out of date."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import msgspec
import official_events
import pytest
from sources import ROOT, SERVICES, Source, sources

from gateway.latency import Latency
from gateway.protocols import realtime_client, realtime_server, resume
from shared import streams
from shared.messages import Message
from shared.settings import GROUPS, variable
from shared.worker import Failure

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])

SETTINGS_GROUPS = {
    "shared/broker.py": {"BusSettings": "REDIS"},
    "shared/telemetry.py": {"LogSettings": "LOG", "TelemetrySettings": "TELEMETRY"},
    "shared/worker.py": {"WorkerSettings": "WORKER"},
    "gateway/settings.py": {"GatewaySettings": "GATEWAY"},
    "gateway/endpointing_settings.py": {"EndpointingSettings": "ENDPOINTING"},
    "stt_service/settings.py": {"SttSettings": "STT"},
    "llm_service/settings.py": {"LlmSettings": "LLM"},
    "tts_service/settings.py": {"Settings": "TTS"},
    "deploy/settings.py": {"Settings": "UP"},
    "client/settings.py": {"ClientSettings": "CLIENT"},
}
"""File to class to group; the group of an engine follows from its name."""

SETTING_ROW = re.compile(r"^\| `(VOICECHAT_\w+)` \| (.+?) \| .+ \|$", re.MULTILINE)
METRIC_ROW = re.compile(r"^\| `(voicechat_\w+)` \| (\w+) \|(.*?)\| .+ \|$", re.MULTILINE)
ENGINE_TITLE = re.compile(r"^### (stt|llm|tts): `(\w+)`", re.MULTILINE)
EXAMPLE = re.compile(r"^### `([\w.]+)`\n\n```json\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
MAKE = re.compile(r"(?:`| {4}|^)make ([a-z]+)", re.MULTILINE)


def page(name: str) -> str:
    return (DOCS / name).read_text()


# Settings


def settings_classes() -> Iterator[tuple[Source, ast.ClassDef]]:
    """Every class of settings, also of engines whose library is not installed here."""
    for source in sources():
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef) and is_settings(node):
                yield source, node


def is_settings(node: ast.ClassDef) -> bool:
    bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
    return bool(bases & {"Settings", "Base"})


def group(source: Source, name: str) -> str:
    if "/engines/" in source.path:
        engine = source.module.rpartition(".")[2]
        return f"{source.package.removesuffix('_service')}_{engine}".upper()
    if "/turn_models/" in source.path:
        return f"ENDPOINTING_{source.module.rpartition('.')[2]}".upper()
    return SETTINGS_GROUPS[source.path][name]


def settings() -> dict[str, str]:
    """Variable to default, as the tables of docs/configuration.md write it."""
    return {
        variable(group(source, node.name), field.target.id): shown(source, field.value)
        for source, node in settings_classes()
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }


def shown(source: Source, default: ast.expr | None) -> str:
    assert default, f"{source.path}: a setting has a default"
    try:
        value = ast.literal_eval(default)
    except ValueError:
        module = import_module(source.module)
        value = eval(compile(ast.Expression(default), source.path, "eval"), vars(module))
    match value:
        case "" | ():
            return "empty"
        case bool():
            return "`yes`" if value else "`no`"
        case float():
            return f"`{value:g}`"
        case _:
            return f"`{value}`"


def test_every_setting_is_documented_with_its_default() -> None:
    assert dict(SETTING_ROW.findall(page("configuration.md"))) == settings()


def test_every_group_of_settings_is_known_to_all_processes() -> None:
    groups = {name for classes in SETTINGS_GROUPS.values() for name in classes.values()}
    assert groups == {*GROUPS, "REDIS", "LOG"}


def test_every_setting_says_what_it_means() -> None:
    silent = [
        f"{source.path}: {field.target.id}"
        for source, node in settings_classes()
        for field, following in zip(node.body, [*node.body[1:], None], strict=True)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if not (isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant))
    ]
    assert silent == []


# Metrics


def metrics() -> dict[str, tuple[str, str]]:
    """Name to kind and labels, of every metric that is made anywhere."""
    calls = (node for source in sources() for node in ast.walk(source.tree))
    return {
        ast.literal_eval(call.args[0]): (call.func.id.lower(), labels(call))
        for call in calls
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("Counter", "Gauge", "Histogram", "Summary")
    }


def labels(call: ast.Call) -> str:
    names = ast.literal_eval(call.args[2]) if len(call.args) > 2 else []
    return ", ".join(f"`{name}`" for name in names)


def test_every_metric_is_documented_with_its_labels() -> None:
    rows = METRIC_ROW.findall(page("configuration.md"))
    assert {name: (kind, labelled.strip()) for name, kind, labelled in rows} == metrics()


# Messages, streams, engines


def concrete(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """The classes below this one that have none below themselves."""
    for below in kind.__subclasses__():
        if below.__subclasses__():
            yield from concrete(below)
        else:
            yield below


def test_every_message_is_documented() -> None:
    text = page("architecture.md")
    names = [kind.__name__ for kind in concrete(Message)]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_stream_is_documented() -> None:
    text = page("architecture.md")
    roads = [road for road in vars(streams).values() if isinstance(road, streams.Road)]
    names = [road.name for road in [*roads, streams.replies("<gateway>")]]
    assert len(names) == 6
    assert [name for name in names if f"| `{name}` |" not in text] == []


def test_every_engine_is_documented() -> None:
    named = set(ENGINE_TITLE.findall(page("engines.md")))
    registered = {
        (service.removesuffix("_service"), name)
        for service in SERVICES
        for name in import_module(f"{service}.engines").ENGINES
    }
    assert named == registered


# The protocol


def event_types() -> tuple[list[str], list[str]]:
    """What a client can say, and what the gateway can."""
    import_module("gateway.protocols.realtime")  # with all that it can say
    sides = (
        (*get_args(realtime_client.AnyClientMessage), *get_args(resume.AnyClientMessage)),
        (*concrete(realtime_server.ServerMessage), *get_args(resume.AnyServerMessage)),
    )
    client, server = ([str(kind.__struct_config__.tag) for kind in kinds] for kinds in sides)
    return client, server


def test_every_event_of_the_protocol_is_documented() -> None:
    types = [name for side in event_types() for name in side]
    assert len(types) >= 28
    assert [name for name in types if f"`{name}`" not in page("protocol.md")] == []


def examples() -> list[dict[str, str]]:
    """The messages of docs/examples.md by their types, the client's and the gateway's."""
    sides = page("examples.md").split("\n## ")[1:]
    return [dict(EXAMPLE.findall(side)) for side in sides]


def test_every_event_of_the_protocol_has_an_example() -> None:
    missing = [
        set(types) - set(shown) for types, shown in zip(event_types(), examples(), strict=True)
    ]
    assert missing == [set(), set()]


def test_the_examples_are_messages_of_the_protocol() -> None:
    client, server = examples()
    for kind, text in client.items():
        message = resume.read(text) or realtime_client.decoder.decode(text)
        assert message.__struct_config__.tag == kind
    for kind, text in server.items():
        event = msgspec.json.decode(text)
        assert event["type"] == kind
        official_events.check(event)


def test_every_stage_of_the_latency_is_documented() -> None:
    text = page("protocol.md")
    fields = [field.name for field in msgspec.structs.fields(Latency)]
    assert [name for name in fields if f"| `{name}` |" not in text] == []


def test_every_error_code_is_documented() -> None:
    text = page("protocol.md") + page("http.md")
    codes = {*get_args(Failure), *error_codes()}
    assert {"no_speech", "invalid_value", "engine_failed"} < codes
    assert sorted(code for code in codes if f"`{code}`" not in text) == []


def error_codes() -> Iterator[str]:
    """Every code that the gateway gives a problem or a failure."""
    for source in sources("gateway"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.keyword) and node.arg == "code":
                yield from constants(node.value)
            elif isinstance(node, ast.Call) and called(node) in ("Refused", "_refuse", "_failed"):
                yield from (text for part in node.args[:2] for text in constants(part))


def called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def constants(node: ast.expr) -> Iterator[str]:
    """The string itself, if it is written like a code."""
    match node:
        case ast.Constant(value=str(text)) if re.fullmatch(r"[a-z]+(_[a-z]+)+", text):
            yield text


# The pages themselves


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    links = LINK.findall(path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {(path.name, name) for path in PAGES for name in MAKE.findall(path.read_text())}
    assert sorted((page, name) for page, name in named if name not in targets) == []
