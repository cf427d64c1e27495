"""Recordings as voicechat2's page makes them: Ogg Opus, 16 kHz mono, 20 ms frames; and others."""

import io
from typing import Any

import av
import numpy as np

from shared.audio import Pcm, to_pcm16

PAGE_HZ = 16_000


def beep(seconds: float, rate_hz: int = PAGE_HZ) -> Pcm:
    """A tone of 440 Hz."""
    angles = np.arange(round(rate_hz * seconds)) * (2 * np.pi * 440 / rate_hz)
    tone: Pcm = (np.sin(angles) / 2).astype(np.float32)
    return tone


def recording(
    pcm: Pcm,
    rate_hz: int = PAGE_HZ,
    *,
    layout: str = "mono",
    container: str = "ogg",
    codec: str = "libopus",
    frame_ms: str = "20",
) -> bytes:
    """A whole file of this sound."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as written:
        stream: Any = written.add_stream(codec, rate=rate_hz, layout=layout)
        opus = {"application": "voip", "frame_duration": frame_ms}
        stream.options = opus if codec == "libopus" else {"strict": "experimental"}
        frame = av.AudioFrame.from_ndarray(
            to_pcm16(pcm).reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate_hz)
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            written.mux(stream.encode(resampled))
        written.mux(stream.encode(None))
    return file.getvalue()


def played(file: bytes) -> tuple[float, Pcm]:
    """The length in seconds that a player shows of a file, and the file's sound at 48 kHz.

    FFmpeg judges the file here; nothing of ours is used.
    """
    with av.open(io.BytesIO(file), "r", format="ogg") as container:
        (stream,) = container.streams.audio
        assert stream.codec_context.name == "opus"
        assert stream.duration is not None
        assert stream.time_base is not None
        pcm = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(stream)])
        return float(stream.duration * stream.time_base), pcm
