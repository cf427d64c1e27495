"""Whether one sound is another one, played by a loudspeaker and heard by a microphone.

What is compared are the movements of loudness in bands of frequency: what a loudspeaker, a room and
a microphone do to a sound, they do to all of it alike, and they delay it.
"""

import numpy as np
import numpy.typing as npt

from gateway.log_mel import BANDS, FRAME_SAMPLES, HOP_SAMPLES, SAMPLE_RATE_HZ, log_mel
from shared.audio import Pcm

FRAME_S = HOP_SAMPLES / SAMPLE_RATE_HZ
_BANDS = 20
_RANGE = 1.0
"""Of what log_mel gives: 40 dB. What is softer than that below the loudest is noise."""
_LEAST = 1e-9


def likeness(heard: Pcm, played: Pcm) -> float:
    """Correlation (0 to 1) of `heard` with the stretch of `played` that is most like it.

    Both at SAMPLE_RATE_HZ; around what was played there was silence. gateway/echo.py says how much
    makes an echo.
    """
    if min(len(heard), len(played)) < FRAME_SAMPLES:
        return 0.0
    sound, reference = _movements(heard), _movements(np.pad(played, len(heard)))
    stretches = np.lib.stride_tricks.sliding_window_view(reference, sound.shape[1], axis=1)
    sound = sound - sound.mean(axis=1, keepdims=True)
    stretches = stretches - stretches.mean(axis=2, keepdims=True)
    products = np.einsum("bf,bsf->s", sound, stretches)
    powers = np.square(sound).sum() * np.square(stretches).sum(axis=(0, 2))
    return max(0.0, float(np.max(products / np.sqrt(powers + _LEAST))))


def _movements(pcm: Pcm) -> npt.NDArray[np.float32]:
    """Loudness in each band, shape (bands, frames)."""
    spectrogram = log_mel(pcm)
    bands = spectrogram.reshape(_BANDS, BANDS // _BANDS, -1).mean(axis=1)
    movements: npt.NDArray[np.float32] = np.maximum(bands, bands.max() - _RANGE)
    return movements
