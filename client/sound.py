"""Sound files in and out: questions become Opus packets, answers become files."""

from collections.abc import Sequence
from pathlib import Path

import av

from shared.audio import WIRE_HZ, OpusEncoder, Pcm, decode_packets, read_sound, to_pcm16, write_wav
from shared.errors import AudioError

_OPUS_SUFFIXES = (".opus", ".ogg")


def read_question(path: Path) -> list[bytes]:
    """A sound file as Opus packets of 20 ms.

    Raises AudioError if it is missing, is not sound or holds none.
    """
    if path.is_dir():
        raise AudioError(f"{path} is a folder, and no sound file")
    if not path.is_file():
        raise AudioError(f"there is no file {path}")
    encoder = OpusEncoder()
    return encoder.encode(read_sound(path, WIRE_HZ)) + encoder.flush()


def check_answer_path(path: Path) -> None:
    """Raise AudioError now if the answer could not be written there later."""
    if path.suffix.lower() not in (".wav", *_OPUS_SUFFIXES):
        raise AudioError(f"{path}: answers are written as .wav, .opus or .ogg")
    if not path.parent.is_dir():
        raise AudioError(f"there is no folder {path.parent} to write {path.name} to")


def write_answer(path: Path, packets: Sequence[bytes]) -> float:
    """Opus packets as a sound file of the kind its suffix says; returns its seconds."""
    pcm = decode_packets(packets, WIRE_HZ)
    try:
        if path.suffix.lower() in _OPUS_SUFFIXES:
            _write_opus(path, pcm)
        else:
            write_wav(path, pcm, WIRE_HZ)
    except OSError as error:
        raise AudioError(f"{path} cannot be written: {error.strerror or error}") from error
    return len(pcm) / WIRE_HZ


def _write_opus(path: Path, pcm: Pcm) -> None:
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=WIRE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(to_pcm16(pcm).reshape(1, -1), "s16", "mono")
        frame.sample_rate = WIRE_HZ
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
