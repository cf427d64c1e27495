"""Smart Turn v3: Whisper's tiny encoder with a head that tells whether a person has finished.

Model card: https://huggingface.co/pipecat-ai/smart-turn-v3. The package pipecat-ai carries its file
for CPUs; nothing of the package is imported.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from gateway.log_mel import BANDS, HOP_SAMPLES, SAMPLE_RATE_HZ, log_mel
from shared.audio import Pcm
from shared.errors import EngineError, ModelError
from shared.models import locate
from shared.settings import Settings
from shared.threads import run_in_thread

_HEARD_SAMPLES = 8 * SAMPLE_RATE_HZ
_INPUT = "input_features"
_SHAPES = [(BANDS, _HEARD_SAMPLES // HOP_SAMPLES), (1,)]
"""Of its input and its output, each behind the size of the batch."""
_LEAST_VARIANCE = 1e-7
"""Keeps silence what it is."""
_FAILURES = (
    failures.Fail,
    failures.InvalidArgument,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.NotImplemented,
    failures.RuntimeException,
)


class SmartTurnSettings(Settings, frozen=True, kw_only=True):
    """Group VOICECHAT_ENDPOINTING_SMART_TURN."""

    model: str = "package:pipecat-ai/pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"
    """ONNX file: a path, package:<distribution>/<path inside>, or hf:<owner>/<repo>/<file>."""
    sha256: str = ""
    """Digest of the file in hex; empty leaves it unchecked."""


class SmartTurn:
    """Smart Turn v3 on one thread of the CPU."""

    Settings = SmartTurnSettings
    sample_rate_hz = SAMPLE_RATE_HZ
    longest_s = _HEARD_SAMPLES / SAMPLE_RATE_HZ

    def __init__(self, settings: SmartTurnSettings) -> None:
        """Load and warm up; raises ModelError."""
        self._session = _load(locate(settings.model, sha256=settings.sha256))
        self._thread = ThreadPoolExecutor(1, "smart_turn")

    async def finished(self, pcm: Pcm) -> float:
        """See TurnModel. Every call takes the same time, as 8 s are heard whatever is given."""
        return await run_in_thread(partial(_judge, self._session, pcm), self._thread)

    def close(self) -> None:
        """Give back memory and threads."""
        self._thread.shutdown()
        del self._session


def _load(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
    except _FAILURES as error:
        raise ModelError(
            f"{model} cannot be loaded as a turn model ({error}): it is truncated or of another "
            "kind; fetch it again"
        ) from error
    _check(session, model)
    return session


def _check(session: onnxruntime.InferenceSession, model: Path) -> None:
    """Raise ModelError if it is no Smart Turn; its first call, which warms it up, shows too."""
    puts = [*session.get_inputs(), *session.get_outputs()]
    if puts[0].name != _INPUT or [tuple(put.shape[1:]) for put in puts] != _SHAPES:
        raise ModelError(f"{model} is an ONNX model, but not Smart Turn v3; set another file")
    try:
        _judge(session, np.zeros(0, np.float32))
    except EngineError as error:
        raise ModelError(f"{model} is not Smart Turn v3 ({error}); set another file") from error


def _judge(session: onnxruntime.InferenceSession, pcm: Pcm) -> float:
    features = log_mel(_normalised(_last(pcm)))
    try:
        (outputs,) = session.run(None, {_INPUT: features[np.newaxis]})
    except _FAILURES as error:
        raise EngineError(f"Smart Turn failed: {error}") from error
    probability = float(outputs.item())
    if not 0 <= probability <= 1:
        raise EngineError(f"Smart Turn gave {probability}, which is no probability")
    return probability


def _last(pcm: Pcm) -> Pcm:
    """What the model hears: the end of the sound, behind silence if it is short."""
    heard = pcm[-_HEARD_SAMPLES:]
    return np.pad(heard, (_HEARD_SAMPLES - len(heard), 0))


def _normalised(pcm: Pcm) -> Pcm:
    """Of mean 0 and variance 1, so that loudness does not matter."""
    normalised: Pcm = (pcm - pcm.mean()) / np.sqrt(pcm.var() + _LEAST_VARIANCE)
    return normalised
