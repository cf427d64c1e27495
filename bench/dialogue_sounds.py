"""The sound of dialogues: people who pause, hesitate, agree, cough and interrupt, in noise.

All is made from a seed: the same seed gives the same sound, and where speech begins and ends in it
is known, because noise is added afterwards.
"""

from collections.abc import Sequence
from contextlib import ExitStack, aclosing, closing
from itertools import accumulate

import msgspec
import numpy as np
import soxr

from shared.audio import WIRE_HZ, Pcm
from shared.errors import EngineUnavailable
from tts_service.engine import Speakable, TtsEngine
from tts_service.engines.espeak import Espeak
from tts_service.engines.flite import Flite

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 0.9
NOISES = {
    "white": (30.0, 20.0, 10.0),
    "pink": (30.0, 20.0, 10.0),
    "babble": (35.0, 30.0, 25.0),
}
"""How far below the speech each lies, in dB. Louder babble is speech, to any voice detector."""
VOICES = ("slt", "en-us", "rms", "en-gb-x-rp", "kal16", "en-gb-scotland", "en-029")
"""Flite's and eSpeak's; not eSpeak's variants of a voice, whose breath is random, nor Flite's awb,
of whose "okay" the transcriber makes "don't care"."""
QUESTIONS = (
    ("What is the capital of France?",),
    ("How far away is the moon from the earth?",),
    ("Please tell me a short story about a dog.",),
    ("I would like to know", "how far the moon is from the earth."),
    ("Can you tell me", "what the capital of France is?"),
    ("Tomorrow I want to", "go to the station and", "buy a ticket to London."),
    ("I was wondering if", "you could explain", "how plants make their food."),
    ("What is the name of", "the highest mountain in the world?"),
    ("Please turn off the lights in", "the kitchen and the living room."),
    ("I need a recipe for", "a soup with", "carrots and potatoes."),
    ("I wanted to ask you because", "my sister told me", "that you know about music."),
    ("My number is zero four two", "one seven three", "five five nine."),
    ("When I was a child my", "father always said that", "the sea is warm in September."),
    ("I am cooking tonight.", "What goes well with rice?"),
    ("We are going to Paris next week.", "What should we see there?"),
    ("Do you happen to know", "when the museum opens on Sunday?"),
    ("Is it true that", "an octopus has three hearts?"),
    ("My brother lives in Spain and", "he wants to learn English."),
    ("Remind me to", "call my mother", "on Saturday morning."),
    ("How long does it take", "to boil an egg?"),
    ("Which is better for a beginner", "the guitar or the piano?"),
    ("I have been tired lately.", "What can I do about it?"),
)
"""Clauses with a pause between them, most of them in the middle of a sentence.

The last seven were not known when the words of gateway/data/completeness.toml were chosen.
"""
INTERRUPTIONS = (
    "Stop please and tell me about the trains to London.",
    "Wait that is not what I wanted to know.",
    "No tell me about the weather in Paris.",
    "Hold on what did you say about the moon?",
    "Please stop talking I have another question.",
)
BACKCHANNELS = ("", "Yeah.", "Okay.", "Right.", "", "Yes, yes.", "Okay, okay.", "Yeah, yeah.")
"""The empty ones are hummed: the voices spell "mhm"."""
DISTURBANCES = ("cough", "click", "backchannel", "noise")

_SPEECH_RMS = 0.07
_FRAME = WIRE_HZ // 100
_AUDIBLE = 10 ** (-35 / 20)
_NOISE_S = 12.0
_BABBLERS = 16


class Pause(msgspec.Struct, frozen=True):
    """Silence within an utterance, in seconds from its beginning."""

    start_s: float
    end_s: float
    is_after_sentence: bool
    """What was said so far reads finished: nobody could know that more comes."""


class Utterance(msgspec.Struct, frozen=True):
    """Clean speech that begins with its first sample and ends with its last."""

    pcm: Pcm
    pauses: tuple[Pause, ...] = ()

    @property
    def length_s(self) -> float:
        """From the first sample to the last."""
        return len(self.pcm) / WIRE_HZ


class Disturbance(msgspec.Struct, frozen=True):
    """A sound that is to interrupt nobody."""

    kind: str
    pcm: Pcm
    after_s: float
    """How long the reply has been heard when it comes."""

    @property
    def length_s(self) -> float:
        """How long it sounds."""
        return len(self.pcm) / WIRE_HZ


class Dialogue(msgspec.Struct, frozen=True):
    """What a person is going to say and do; the background is played in a loop."""

    noise: str
    """One of NOISES."""
    background: Pcm
    wait_s: float
    """Before the first word."""
    question: Utterance
    disturbances: tuple[Disturbance, ...]
    interruption: Utterance


class Speakers:
    """Voices of all engines that are installed here."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._other: TtsEngine = self._open.enter_context(closing(Espeak(Espeak.Settings())))
        self._engines: dict[str, TtsEngine] = {}
        try:
            flite = self._open.enter_context(closing(Flite(Flite.Settings())))
            self._engines = {voice.name: flite for voice in flite.voices}
        except EngineUnavailable as error:
            print(f"without flite: {error}")

    def close(self) -> None:
        """Give the engines back."""
        self._open.close()

    @property
    def voices(self) -> tuple[str, ...]:
        """Those of VOICES that can be had."""
        return tuple(name for name in VOICES if "en-" in name or name in self._engines)

    async def say(self, voice: str, text: str) -> Pcm:
        """Speech of a usual loudness, without the silence before and behind it."""
        engine = self._engines.get(voice, self._other)
        speaking = engine.speak(Speakable(text=text, voice=voice))
        async with aclosing(speaking) as sounds:
            pcm = np.concatenate([sound.pcm async for sound in sounds])
        made: Pcm = soxr.resample(pcm, engine.sample_rate_hz, WIRE_HZ)
        return _loud(trimmed(made))

    async def utter(
        self, voice: str, clauses: Sequence[str], pauses_s: Sequence[float]
    ) -> Utterance:
        """Clauses with these pauses between them."""
        spoken = [await self.say(voice, _with_comma(clause)) for clause in clauses]
        gaps = [np.zeros(round(pause_s * WIRE_HZ), np.float32) for pause_s in pauses_s]
        parts = [part for pair in zip(spoken, gaps, strict=False) for part in pair] + spoken[-1:]
        ends = [end / WIRE_HZ for end in accumulate(map(len, parts))]
        pauses = [
            Pause(ends[2 * place], ends[2 * place + 1], clause[-1] in ".?!")
            for place, clause in enumerate(clauses[:-1])
        ]
        return Utterance(np.concatenate(parts), tuple(pauses))


async def dialogues(count: int, seed: int) -> list[Dialogue]:
    """So many different dialogues."""
    with closing(Speakers()) as speakers:
        noises = {kind: await _noise(speakers, kind, seed) for kind in NOISES}
        return [
            await _dialogue(speakers, noises, number, np.random.default_rng((seed, number)))
            for number in range(count)
        ]


async def _dialogue(
    speakers: Speakers, noises: dict[str, Pcm], number: int, chance: np.random.Generator
) -> Dialogue:
    voice = speakers.voices[number % len(speakers.voices)]
    kind = list(NOISES)[number % len(NOISES)]
    snr_db = NOISES[kind][number // len(NOISES) % len(NOISES[kind])]
    noise = noises[kind] * np.float32(_SPEECH_RMS * 10 ** (-snr_db / 20))
    clauses = QUESTIONS[int(chance.integers(len(QUESTIONS)))]
    pauses_s = chance.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S, len(clauses) - 1)
    kinds = [DISTURBANCES[(number + place) % len(DISTURBANCES)] for place in (0, 1)]
    said = INTERRUPTIONS[int(chance.integers(len(INTERRUPTIONS)))]
    return Dialogue(
        noise=kind,
        background=noise,
        wait_s=float(chance.uniform(0.5, 1.5)),
        question=await speakers.utter(voice, clauses, pauses_s.tolist()),
        disturbances=tuple([await _disturb(speakers, voice, kind, chance) for kind in kinds]),
        interruption=await speakers.utter(voice, (said,), ()),
    )


async def _disturb(
    speakers: Speakers, voice: str, kind: str, chance: np.random.Generator
) -> Disturbance:
    match kind:
        case "cough":
            pcm = cough(chance, await speakers.say(voice, "Huh!"))
        case "click":
            pcm = clicks(chance)
        case "noise":
            pcm = swell(chance)
        case _:
            text = BACKCHANNELS[int(chance.integers(len(BACKCHANNELS)))]
            pcm = await speakers.say(voice, text) if text else hum(chance)
    return Disturbance(kind=kind, pcm=pcm, after_s=float(chance.uniform(0.6, 1.2)))


def cough(chance: np.random.Generator, voice: Pcm) -> Pcm:
    """Two bursts of noise, about 0.4 s, with more or less of a voice in them."""
    bursts = [_burst(chance, 0.25, 0.05), _burst(chance, 0.18, 0.04)]
    share = np.float32(chance.uniform(0, 1))
    voiced = [_dying(np.resize(voice, len(burst)), 0.08) * share for burst in bursts]
    return np.concatenate(bursts) + np.concatenate(voiced)


def hum(chance: np.random.Generator) -> Pcm:
    """Mhm: two nasal tones, the second higher, of a voice between a man's and a woman's."""
    pitch_hz = float(chance.uniform(110, 200))
    gap = np.zeros(WIRE_HZ // 25, np.float32)
    return _loud(np.concatenate([_nasal(pitch_hz, 0.2), gap, _nasal(1.2 * pitch_hz, 0.28)]))


def clicks(chance: np.random.Generator) -> Pcm:
    """Five strokes of a keyboard."""
    gaps = [np.zeros(round(gap_s * WIRE_HZ), np.float32) for gap_s in chance.uniform(0.04, 0.15, 5)]
    strokes = [_burst(chance, 0.02, 0.004) for _ in gaps]
    return np.concatenate([part for pair in zip(strokes, gaps, strict=True) for part in pair])


def swell(chance: np.random.Generator) -> Pcm:
    """Something that rushes by within 0.8 s, as loud as speech."""
    samples = round(0.8 * WIRE_HZ)
    rise = np.sin(np.linspace(0, np.pi, samples)).astype(np.float32)
    return _coloured(chance, samples, 1.0) * rise * np.float32(_SPEECH_RMS)


def trimmed(pcm: Pcm) -> Pcm:
    """From the first to the last 10 ms that are less than 35 dB below the loudest."""
    frames = pcm[: len(pcm) // _FRAME * _FRAME].reshape(-1, _FRAME)
    energy = np.sqrt(np.mean(frames**2, axis=1))
    audible = np.flatnonzero(energy > _AUDIBLE * energy.max())
    return pcm[audible[0] * _FRAME : (audible[-1] + 1) * _FRAME]


async def _noise(speakers: Speakers, kind: str, seed: int) -> Pcm:
    """Noise of root mean square 1."""
    samples, chance = round(_NOISE_S * WIRE_HZ), np.random.default_rng((seed, *kind.encode()))
    if kind != "babble":
        return _coloured(chance, samples, 1.0 if kind == "pink" else 0.0)
    mixed = np.zeros(samples, np.float32)
    for person in range(_BABBLERS):
        voice = speakers.voices[person % len(speakers.voices)]
        texts = chance.permutation([" ".join(question) for question in QUESTIONS])[:5]
        said = np.concatenate([await speakers.say(voice, str(text)) for text in texts])
        mixed += np.roll(np.resize(said, samples), int(chance.integers(samples)))
    return _unit(mixed)


def _coloured(chance: np.random.Generator, samples: int, slope: float) -> Pcm:
    """Noise whose power falls with the frequency to this power: 0 is white, 1 is pink."""
    spectrum = np.fft.rfft(chance.standard_normal(samples))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1) ** (slope / 2)
    return _unit(np.fft.irfft(spectrum, samples).astype(np.float32))


def _nasal(pitch_hz: float, length_s: float) -> Pcm:
    """A closed mouth lets through little above 300 Hz."""
    times = np.arange(round(length_s * WIRE_HZ)) / WIRE_HZ
    numbers = np.arange(1, 12)[:, np.newaxis]
    powers = 1 / (1 + (numbers * pitch_hz / 300) ** 3)
    tones = powers * np.sin(2 * np.pi * numbers * pitch_hz * (times + 0.01 * times**2))
    made: Pcm = (tones.sum(axis=0) * np.sin(np.pi * times / length_s) ** 0.5).astype(np.float32)
    return made


def _burst(chance: np.random.Generator, length_s: float, decay_s: float) -> Pcm:
    """Noise that starts at once and dies away."""
    noise = _coloured(chance, round(length_s * WIRE_HZ), 0.5)
    return _dying(noise, decay_s) * np.float32(0.2)


def _dying(pcm: Pcm, decay_s: float) -> Pcm:
    times = np.arange(len(pcm), dtype=np.float32) / np.float32(WIRE_HZ)
    fading: Pcm = pcm * np.exp(-times / decay_s) * np.minimum(times / 0.003, 1)
    return fading


def _with_comma(clause: str) -> str:
    """A clause that goes on is spoken with the melody of one."""
    return clause if clause[-1] in ".?!" else f"{clause},"


def _unit(pcm: Pcm) -> Pcm:
    made: Pcm = pcm / np.float32(np.sqrt(np.mean(pcm**2)))
    return made


def _loud(pcm: Pcm) -> Pcm:
    return _unit(pcm) * np.float32(_SPEECH_RMS)
