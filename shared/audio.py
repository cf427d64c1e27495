"""Opus packets to PCM and back, and resampling; sound files for the command line and the tests.

PCM is float32 in -1…1, mono, as a numpy array of shape (samples,), unless a name says otherwise.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import numpy.typing as npt
import soxr

from shared.errors import AudioError

Pcm = npt.NDArray[np.float32]

PACKET_S = 0.02
WIRE_HZ = 24_000
"""Rate at which we encode Opus and at which Realtime clients exchange PCM16."""
TELEPHONE_HZ = 8_000
"""Rate of G.711."""
DECODER_HZ = 48_000
"""What FFmpeg's Opus decoder always gives."""
MAX_PACKET_BYTES = 1275
"""Largest Opus frame (RFC 6716, 3.2.1)."""

_HEADER_BYTES = 7
"""What three frames of different sizes need besides themselves (RFC 6716, 3.2.5)."""

_ENCODER_OPTIONS = {"application": "audio", "frame_duration": "20", "compression_level": "5"}
"""`audio` rather than `voip`, and complexity 5 of 10: synthetic speech, heard again by a
transcriber, loses least so (bench/round_trip.py), in three quarters of the time."""
_FRAME_MS = (10, 20, 40, 60) * 3 + (10, 20) * 2 + (2.5, 5, 10, 20) * 4
_SECONDS = tuple(_FRAME_MS[first >> 3] * (1, 2, 2, 0)[first & 3] / 1000 for first in range(256))
"""Of a packet by its first byte; 0 where the second tells."""


def packet_seconds(packet: bytes) -> float:
    """Duration of an Opus packet by its table-of-contents byte (RFC 6716, 3.1).

    Raises AudioError for bytes that cannot be an Opus packet.
    """
    if 0 < len(packet) <= MAX_PACKET_BYTES and (told_s := _SECONDS[packet[0]]):
        return told_s
    if not packet:
        raise AudioError("no bytes are not an Opus packet")
    frames = (1, 2, 2, packet[1] & 0x3F if len(packet) > 1 else 0)[packet[0] & 3]
    if len(packet) > min(frames, 3) * MAX_PACKET_BYTES + _HEADER_BYTES:
        raise AudioError(f"{len(packet)} bytes are not one Opus packet of {frames} frames")
    seconds = frames * _FRAME_MS[packet[0] >> 3] / 1000
    if not 0 < seconds <= 0.12:
        raise AudioError("not an Opus packet: its frame count is impossible")
    return seconds


class OpusEncoder:
    """PCM of any length in, Opus packets of 20 ms out. One stream per encoder."""

    def __init__(self, sample_rate_hz: int = WIRE_HZ, bit_rate: int = 24_000) -> None:
        self._codec = av.CodecContext.create("libopus", "w")
        self._codec.sample_rate = sample_rate_hz
        self._codec.layout = "mono"
        self._codec.format = av.AudioFormat("s16")
        self._codec.bit_rate = bit_rate
        self._codec.options = _ENCODER_OPTIONS
        self._codec.open()
        self._rate_hz = sample_rate_hz
        self._frame = round(sample_rate_hz * PACKET_S)
        self._rest: Pcm = np.zeros(0, np.float32)

    def encode(self, pcm: Pcm) -> list[bytes]:
        """Packets of all whole frames there now are; the rest waits for more."""
        pcm = np.concatenate((self._rest, pcm))
        whole = len(pcm) // self._frame * self._frame
        self._rest = pcm[whole:]
        return [
            packet
            for start in range(0, whole, self._frame)
            for packet in self._encode_frame(pcm[start : start + self._frame])
        ]

    def flush(self) -> list[bytes]:
        """The packet of what waits, filled up with silence."""
        missing = -len(self._rest) % self._frame
        return self.encode(np.zeros(missing, np.float32))

    def _encode_frame(self, pcm: Pcm) -> list[bytes]:
        frame = _pcm16_frame(pcm)
        frame.sample_rate = self._rate_hz
        return [bytes(packet) for packet in self._codec.encode(frame)]


class OpusDecoder:
    """Opus packets in, PCM at the wanted rate out. One stream per decoder."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._codec = av.CodecContext.create("opus", "r")
        self._codec.sample_rate = DECODER_HZ
        self._codec.layout = "mono"
        self._resample = soxr.ResampleStream(
            DECODER_HZ, sample_rate_hz, 1, dtype="float32", quality="LQ"
        )

    def decode(self, packet: bytes, *, is_last: bool = False) -> Pcm:
        """The packet's sound; raises AudioError if it cannot be decoded."""
        try:
            frames = self._codec.decode(av.Packet(packet))
        except av.FFmpegError as error:
            raise AudioError(f"an Opus packet of {len(packet)} bytes cannot be decoded") from error
        pcm = [frame.to_ndarray()[0] for frame in frames]
        sound = np.concatenate(pcm) if pcm else np.zeros(0, np.float32)
        resampled: Pcm = self._resample.resample_chunk(sound, last=is_last)
        return resampled


def decode_packets(packets: Iterable[bytes], sample_rate_hz: int) -> Pcm:
    """Sound of a whole stream of packets.

    Packets that cannot be decoded are left out; raises AudioError if none can.
    """
    codec = av.CodecContext.create("opus", "r")
    codec.sample_rate = DECODER_HZ
    codec.layout = "mono"
    pcm: list[Pcm] = []
    for packet in packets:
        try:
            pcm += [frame.to_ndarray()[0] for frame in codec.decode(av.Packet(packet))]
        except av.FFmpegError:
            continue
    if not pcm:
        raise AudioError("no Opus packet of the utterance could be decoded")
    return resample(np.concatenate(pcm), DECODER_HZ, sample_rate_hz)


def resample(pcm: Pcm, from_hz: int, to_hz: int) -> Pcm:
    """The same sound at another rate."""
    if from_hz == to_hz:
        return pcm
    resampled: Pcm = soxr.resample(pcm, from_hz, to_hz, quality="MQ")
    return resampled


def to_pcm16(pcm: Pcm) -> npt.NDArray[np.int16]:
    """float32 in -1…1 to int16, clipped."""
    return np.rint(np.clip(pcm, -1, 1) * 32767).astype(np.int16)


def from_pcm16(samples: bytes | npt.NDArray[np.int16]) -> Pcm:
    """Little-endian int16 to float32; raises AudioError for half a sample."""
    if isinstance(samples, bytes):
        if len(samples) % 2:
            raise AudioError(f"PCM16 comes in pairs of bytes, and {len(samples)} is odd")
        samples = np.frombuffer(samples, "<i2")
    return samples.astype(np.float32) / np.float32(32768)


def read_sound(source: Path | BinaryIO, sample_rate_hz: int) -> Pcm:
    """A sound file of any format that FFmpeg reads, mixed to mono.

    Raises AudioError if the file is none, cannot be read or holds no sound.
    """
    name = source if isinstance(source, Path) else getattr(source, "name", "the sound")
    if isinstance(source, Path) and source.is_file() and not source.stat().st_size:
        raise AudioError(f"{name} is empty")
    resampler = av.AudioResampler(format="flt", layout="mono", rate=sample_rate_hz)
    try:
        with av.open(str(source) if isinstance(source, Path) else source, "r") as container:
            decoded = container.decode(audio=0)
            frames = [out for frame in decoded for out in resampler.resample(frame)]
    except (PermissionError, FileNotFoundError) as error:
        raise AudioError(f"{name} cannot be read: {error.strerror}") from error
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise AudioError(f"{name} is no sound file (wav, mp3, ogg, …)") from error
    pcm = [frame.to_ndarray()[0] for frame in [*frames, *resampler.resample(None)]]
    if not sum(map(len, pcm)):
        raise AudioError(f"{name} holds no sound")
    return np.concatenate(pcm)


def _pcm16_frame(pcm: Pcm) -> av.AudioFrame:
    return av.AudioFrame.from_ndarray(to_pcm16(pcm).reshape(1, -1), format="s16", layout="mono")


def write_wav(path: Path, pcm: Pcm, sample_rate_hz: int) -> None:
    """A mono PCM16 WAV file."""
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=sample_rate_hz, layout="mono")
        frame = _pcm16_frame(pcm)
        frame.sample_rate = sample_rate_hz
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
