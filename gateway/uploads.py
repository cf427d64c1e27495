"""Sound files of clients to the Opus packets that messages carry."""

import io
from collections.abc import Iterator
from typing import NamedTuple

import av
import numpy as np

from shared.audio import PACKET_S, WIRE_HZ, OpusEncoder, Pcm
from shared.errors import AudioError

_READ = (
    "aac,ac3,aiff,amr,asf,au,caf,flac,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpeg,mpegts,"
    "ogg,wav,w64"
)
"""Containers that are read. Others (playlists, say) could have FFmpeg open what they name."""
_FRAME = round(WIRE_HZ * PACKET_S)
_LEAST_HZ, _MOST_HZ = 4_000, 400_000
"""Rates of sound that are taken."""
_PIECE = WIRE_HZ
"""Samples that are encoded in one go."""


class SoundTooLong(AudioError):
    """A sound file that has more seconds than are taken."""


class Coded(NamedTuple):
    """A piece of a sound file as messages carry it."""

    packets: list[bytes]
    """Opus, mono, 20 ms each."""
    energies: list[float]
    """Mean square of each packet's samples."""


def read_sound_file(file: bytes, longest_s: float) -> Iterator[Coded]:
    """A sound file of any usual kind, in pieces of a second.

    Each takes some milliseconds. Raises SoundTooLong behind `longest_s`, and AudioError if the file
    is none, is broken or holds no sound.
    """
    encoder, is_empty = OpusEncoder(WIRE_HZ), True
    for pcm in _decoded(file, longest_s):
        is_empty = False
        frames = pcm.reshape(-1, _FRAME)
        yield Coded(encoder.encode(pcm), np.mean(frames * frames, axis=1).tolist())
    if is_empty:
        raise AudioError("the file holds no sound")


def _decoded(file: bytes, longest_s: float) -> Iterator[Pcm]:
    """Whole packets' worth of sound, the last filled up with silence."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=WIRE_HZ, frame_size=_PIECE)
    seconds = 0.0
    try:
        with av.open(io.BytesIO(file), "r", options={"format_whitelist": _READ}) as container:
            for frame in container.decode(audio=0):
                _check_rate(frame.sample_rate)
                seconds += frame.samples / frame.sample_rate
                if seconds > longest_s:
                    raise SoundTooLong(
                        f"the file has more than the {longest_s:g} s of sound that are taken; "
                        "send it in shorter pieces"
                    )
                yield from map(_filled_up, resampler.resample(frame))
        yield from map(_filled_up, resampler.resample(None))
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise AudioError(
            "the file is no sound that can be read (wav, mp3, ogg, flac, m4a, webm, …)"
        ) from error


def _check_rate(rate_hz: int) -> None:
    """A file can claim any rate, and resampling from an absurd one takes a minute or all memory."""
    if not _LEAST_HZ <= rate_hz <= _MOST_HZ:
        raise AudioError(
            f"the file's sound has {rate_hz} samples per second, which nobody can hear"
        )


def _filled_up(frame: av.AudioFrame) -> Pcm:
    pcm: Pcm = frame.to_ndarray()[0]
    return np.pad(pcm, (0, -len(pcm) % _FRAME))
