"""What may import what, what is pure, and how large things may become."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from sources import PACKAGES, ROOT, SERVICES, Source, imports, sources, texts

MOST_FILE_LINES = 320
MOST_FUNCTION_LINES = 40

MAY_IMPORT = {
    "shared": (),
    "gateway": ("shared",),
    "stt_service": ("shared",),
    "llm_service": ("shared",),
    "tts_service": ("shared",),
    "deploy": ("shared", "gateway.settings"),
    "client": ("shared",),
}
"""Package to what it may import besides itself."""

MAY_ALSO_IMPORT = {
    "client/commands.py": ("deploy.local", "gateway.settings"),
    "deploy/local.py": tuple(f"{service}.engines" for service in SERVICES),
    "client/checks.py": (
        *("deploy.embedded_redis", "deploy.settings", "gateway.settings"),
        *("gateway.endpointing_settings", "gateway.turn_model", "gateway.tools_file"),
        *(f"{service}.{part}" for service in SERVICES for part in ("settings", "engines")),
    ),
}
"""`voicechat up` starts the whole, and knows the engines' names; the other commands go to where the
gateway listens; `voicechat doctor` reads everybody's settings."""

PURE = (
    *("shared/messages.py", "shared/streams.py", "shared/staleness.py", "shared/errors.py"),
    *("gateway/conversation.py", "gateway/turns.py", "gateway/turn.py", "gateway/reply.py"),
    *("gateway/playout.py", "gateway/history.py", "gateway/input_buffer.py", "gateway/latency.py"),
    *(
        "gateway/events.py",
        "gateway/notices.py",
        "gateway/auth.py",
        "gateway/keyring.py",
        "gateway/limits.py",
        "gateway/denials.py",
        "gateway/guest.py",
        "gateway/protocols/*.py",
        "gateway/endpoints/*_wire.py",
        "gateway/endpoints/chat_*.py",
        "gateway/outbox.py",
    ),
    *("gateway/actions.py", "gateway/turn_detection.py", "gateway/log_mel.py"),
    *(
        "gateway/endpoints/answers.py",
        "gateway/endpoints/faults.py",
        "gateway/endpoints/recital.py",
    ),
    *("gateway/likeness.py", "gateway/suspicion.py"),
    *("gateway/speech.py", "gateway/snapshot.py", "gateway/progress.py"),
    *("shared/message_log.py", "client/resumption.py"),
    *("gateway/endpointing.py", "gateway/endpointing_settings.py", "gateway/patience.py"),
    *("gateway/completeness.py", "gateway/listening.py"),
    *("gateway/decisions.py", "gateway/hands_free.py", "gateway/scene.py", "gateway/replies.py"),
    *("gateway/items.py", "gateway/editing.py", "gateway/asides.py", "gateway/numbers.py"),
    *("gateway/heard.py", "gateway/echo.py", "gateway/hypothesis.py", "gateway/backchannels.py"),
    *("gateway/ogg.py", "gateway/voices.py", "gateway/error_body.py"),
    *("gateway/words.py", "gateway/answering.py", "gateway/energy.py", "shared/voice_stream.py"),
    *("gateway/tool_catalogue.py", "gateway/tool_results.py"),
    *("gateway/marks.py", "gateway/word_times.py"),
    *("shared/silero.py", "shared/onnx.py", "shared/offers.py"),
    "llm_service/calls.py",
    *("llm_service/pairs.py", "gateway/tool_calls.py", "gateway/given_calls.py"),
    *(
        "gateway/tool_round.py",
        "gateway/tool_rounds.py",
        "gateway/fillers.py",
        "gateway/functions.py",
    ),
    *("shared/languages.py", "shared/text_language.py", "shared/common_words.py"),
    "shared/writing.py",
    *("stt_service/segments.py", "stt_service/pieces.py"),
    *("shared/sentences.py", "shared/boundaries.py", "shared/abbreviations.py"),
    *("llm_service/prompt.py", "llm_service/draft.py", "llm_service/conversation_language.py"),
    *("tts_service/speakable.py", "tts_service/markup.py", "tts_service/rules.py"),
    *("tts_service/english*.py", "tts_service/number_words.py", "tts_service/vocabulary.py"),
    *("tts_service/east_asian.py", "tts_service/full_width.py"),
    *("tts_service/chunks.py", "tts_service/silence.py", "tts_service/voices.py"),
    "tts_service/mouth_shapes.py",
    *("client/turn_end.py", "client/reply_wire.py"),
    *("client/events.py", "client/wire.py", "client/waterfall.py", "deploy/parts.py"),
)
IMPURE = (
    *("asyncio", "threading", "subprocess", "socket", "time", "datetime"),
    *("random", "secrets", "uuid", "os", "sys", "logging"),
)
"""Clock, chance, environment, logger, and everything that waits."""

REDIS = ("shared/broker.py", "shared/bus.py", "shared/wire.py")


def ours(names: Iterable[str]) -> list[str]:
    """Those names that are modules of ours, or things in them."""
    return [name for name in names if name.partition(".")[0] in PACKAGES]


def is_within(name: str, modules: Iterable[str]) -> bool:
    """Whether it is one of the modules, or something in one of them."""
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def named_modules(source: Source) -> list[str]:
    """Modules of ours that a file imports, or names in a string so that it can import them."""
    named = [text.partition(":")[0] for text in texts(source) if "." in text]
    paths = {other.module for other in sources()}
    return ours(imports(source)) + [name for name in named if name in paths]


def test_imports_go_one_way() -> None:
    wrong = []
    for source in sources():
        allowed = (source.package, *MAY_IMPORT[source.package])
        allowed += MAY_ALSO_IMPORT.get(source.path, ())
        named = named_modules(source)
        wrong += [f"{source.path}: {name}" for name in named if not is_within(name, allowed)]
    assert wrong == []


def test_engines_are_named_in_their_registry_and_imported_by_nobody() -> None:
    wrong = []
    for source in sources():
        for name in named_modules(source):
            service, _, engine = name.partition(".engines.")
            is_at_home = source.path.startswith(f"{service}/engines/")
            if engine and engine != "ENGINES" and not is_at_home:
                wrong.append(f"{source.path}: {name}")
    assert wrong == []


def test_an_engine_knows_nothing_of_its_service_but_the_port() -> None:
    wrong = []
    for source in sources(*(f"{service}/engines" for service in SERVICES)):
        known = (f"{source.package}.engine", f"{source.package}.engines")
        within = [name for name in ours(imports(source)) if is_within(name, [source.package])]
        wrong += [f"{source.path}: {name}" for name in within if not is_within(name, known)]
    assert wrong == []


def test_a_handler_is_made_for_any_engine() -> None:
    wrong = [
        f"{service}: {name}"
        for service in SERVICES
        for source in sources(service)
        if source.path == f"{service}/handler.py"
        for name in imports(source)
        if is_within(name, [f"{service}.engines", f"{service}.__main__"])
    ]
    assert wrong == []


def test_the_services_have_the_same_shape() -> None:
    shape = ["__init__.py", "__main__.py", "engine.py", "engines/__init__.py", "handler.py"]
    for service in SERVICES:
        missing = [part for part in [*shape, "settings.py"] if not (ROOT / service / part).exists()]
        assert missing == [], service


def test_only_three_files_know_redis() -> None:
    wrong = [
        f"{source.path}: {name}"
        for source in sources()
        for name in imports(source)
        if is_within(name, ["redis"]) and source.path not in REDIS
    ]
    assert wrong == []


def test_pure_files_are_there() -> None:
    paths = [PurePath(source.path) for source in sources()]
    gone = [pattern for pattern in PURE if not any(path.match(pattern) for path in paths)]
    assert gone == []


def test_pure_files_know_no_clock_no_chance_no_environment_and_no_logger() -> None:
    wrong = [
        f"{source.path}: {name}"
        for source in pure_sources()
        for name in imports(source)
        if name.partition(".")[0] in IMPURE
    ]
    assert wrong == []


def test_pure_files_never_wait() -> None:
    waiting = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.AsyncFunctionDef)
    wrong = [
        f"{source.path}:{node.lineno}"
        for source in pure_sources()
        for node in ast.walk(source.tree)
        if isinstance(node, waiting)
    ]
    assert wrong == []


def pure_sources() -> list[Source]:
    return [
        source
        for source in sources()
        if any(PurePath(source.path).match(pattern) for pattern in PURE)
    ]


def test_every_module_says_its_job_in_a_sentence() -> None:
    silent = []
    for source in sources(*PACKAGES, "bench", "examples", "tests"):
        sentence, *_ = (ast.get_docstring(source.tree) or "").split("\n\n")
        if len(sentence.split()) < 3 or not sentence.endswith("."):
            silent.append(f"{source.path}: {sentence!r}")
    assert silent == []


def test_no_file_is_too_long() -> None:
    lengths = {source.path: len(source.text.splitlines()) for source in sources()}
    assert {path: n for path, n in lengths.items() if n > MOST_FILE_LINES} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{source.path}:{function.name}": length(function)
        for source in sources(*PACKAGES, "bench", "examples", "tests")
        for function in functions(source)
    }
    assert {name: n for name, n in lengths.items() if n > MOST_FUNCTION_LINES} == {}


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: Source) -> Iterator[Function]:
    return (node for node in ast.walk(source.tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines from `def` to the end, the docstring left out."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    said = function.body[0]
    return lines - ((said.end_lineno or said.lineno) - said.lineno + 1)
