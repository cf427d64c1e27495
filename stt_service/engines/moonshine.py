"""Moonshine: small, fast English speech recognition for CPUs, its weights in its wheel.

Model card: https://huggingface.co/UsefulSensors/moonshine. Offline calls on whole utterances: its
streams decode the whole buffer again at each step, cost more and hear less well.
"""

import ctypes
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from shared.audio import Pcm
from shared.errors import EngineError, ModelError
from shared.settings import Settings
from shared.threads import run_in_thread
from stt_service.engine import Recognition, Speech

# Read when the library is loaded. Its own threads settle on all cores, and gain nothing on
# utterances of a few seconds.
os.environ["MOONSHINE_ORT_SINGLE_THREAD"] = "1"

from moonshine_voice import ModelArch, Transcriber, get_model_path
from moonshine_voice.errors import MoonshineError, check_error
from moonshine_voice.moonshine_api import TranscriptC

MODEL_FILES = ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin")

_ORT_MARK = b"ORTM"
"""The FlatBuffers identifier of ONNX Runtime's own format, at byte 4."""
_WARM_UP_S = 3
_LEAST_SAMPLES = 1600
"""The encoder fails on less sound, so shorter sound is filled up with silence."""
_OPTIONS = {
    # Off: the caller has found the speech, and cutting it again costs words.
    "vad_threshold": "0.0",
    "return_audio_data": "false",
}


class MoonshineSettings(Settings, frozen=True, kw_only=True):
    """Group VOICECHAT_STT_MOONSHINE."""

    model_path: str = ""
    """Folder of a model (encoder_model.ort, decoder_model_merged.ort, tokenizer.bin); empty for
    the packaged tiny-en."""
    architecture: Literal["tiny", "base"] = "tiny"
    """What kind of model it is."""
    language: str = "en"
    """Language the model understands, as a BCP 47 tag."""
    concurrency: Annotated[int, msgspec.Meta(ge=1)] = 1
    """Utterances worked on at once, each on a core of its own; about 60 MB of memory each."""


class Moonshine:
    """Moonshine on the CPU, one thread per utterance."""

    Settings = MoonshineSettings
    sample_rate_hz = 16_000
    longest_s = 15.0
    """Its cost grows faster than the length from here on."""

    def __init__(self, settings: MoonshineSettings) -> None:
        """Load and warm up; raises ModelError."""
        self.concurrency = settings.concurrency
        self.languages: tuple[str, ...] = (settings.language,)
        self._language = settings.language
        folder = Path(settings.model_path) if settings.model_path else get_model_path("tiny-en")
        packaged = f"moonshine-{settings.architecture}-{settings.language}"
        self.model = Path(settings.model_path).name or packaged
        _check_model(folder)
        self._loaded = [_load(folder, settings.architecture) for _ in range(self.concurrency)]
        # A transcriber takes one call at a time: the text it returns is overwritten by the next.
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for transcriber in self._loaded:
            self._idle.put(transcriber)
        self._threads = ThreadPoolExecutor(self.concurrency, thread_name_prefix="moonshine")

    async def transcribe(self, speech: Speech) -> Recognition:
        """Raises EngineError. One call is one step: at 3 s of speech about 0.1 s."""
        text = await run_in_thread(partial(self._transcribe, speech.pcm), self._threads)
        return Recognition(text=text, language=self._language)

    def close(self) -> None:
        """Give back memory and threads."""
        self._threads.shutdown()
        for transcriber in self._loaded:
            transcriber.close()

    def _transcribe(self, pcm: Pcm) -> str:
        try:
            with self._borrowed() as transcriber:
                return _text(transcriber, pcm)
        except MoonshineError as error:
            raise EngineError(
                f"moonshine failed at {len(pcm) / self.sample_rate_hz:.2f} s of sound: {error}"
            ) from error

    @contextmanager
    def _borrowed(self) -> Iterator[Any]:
        transcriber = self._idle.get()
        try:
            yield transcriber
        finally:
            self._idle.put(transcriber)


def _check_model(folder: Path) -> None:
    """The library says only that it cannot load a model; this says why."""
    try:
        _check_files(folder)
    except OSError as error:
        raise ModelError(
            f"{error.filename} cannot be read ({error.strerror}); let this user read it"
        ) from error


def _check_files(folder: Path) -> None:
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"{folder} is not a Moonshine model: {', '.join(missing)} missing")
    for name in MODEL_FILES:
        if name.endswith(".ort") and _head(folder / name)[4:] != _ORT_MARK:
            raise ModelError(f"{folder / name} is not an ONNX Runtime model in ORT format")


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(8)


def _load(folder: Path, architecture: str) -> Any:
    try:
        transcriber = Transcriber(
            str(folder), ModelArch[architecture.upper()], options=dict(_OPTIONS)
        )
        _text(transcriber, np.zeros(_WARM_UP_S * Moonshine.sample_rate_hz, np.float32))
    except MoonshineError as error:
        raise ModelError(
            f"{folder} cannot be loaded as a Moonshine {architecture} model ({error}): "
            "a file is truncated or of another kind; fetch it again"
        ) from error
    return transcriber


def _text(transcriber: Any, pcm: Pcm) -> str:
    """Through the library's C call: its Python one makes a list of the samples, some 5 ms."""
    transcript = ctypes.POINTER(TranscriptC)()
    sound = np.ascontiguousarray(pcm, np.float32)
    sound = np.pad(sound, (0, max(0, _LEAST_SAMPLES - len(sound))))
    status = transcriber._lib.moonshine_transcribe_without_streaming(
        transcriber._handle,
        sound.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
        len(sound),
        Moonshine.sample_rate_hz,
        0,
        ctypes.byref(transcript),
    )
    check_error(status)
    heard = transcript.contents
    lines = [ctypes.string_at(heard.lines[index].text) for index in range(heard.line_count)]
    return b" ".join(lines).decode("utf-8", errors="ignore").strip()
