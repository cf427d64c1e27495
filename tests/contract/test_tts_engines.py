"""What every text-to-speech engine must do, run over the registry."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import jiwer
import moonshine_voice
import numpy as np
import pytest

from shared.audio import Pcm
from shared.errors import EngineError, EngineUnavailable
from shared.registry import find
from tts_service.engine import Sound, Speakable, TtsEngine, offer
from tts_service.engines import ENGINES
from tts_service.mouth_shapes import mouth_shapes

SHORT = "Please turn on the kitchen lights."
LONG = (
    "The weather will be sunny in the morning, and there may be a little rain in the evening. "
    "Take an umbrella with you if you go out, and come back before it gets dark."
)
STREAMING = {"espeak", "tone"}
VOICES_OF_ENGLISH = {"espeak", "flite"}
OPTIONAL = {"flite"}
"""Engines whose library `make test` does not install."""


@pytest.fixture(params=sorted(ENGINES), scope="module")
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def engine(name: str) -> Iterator[TtsEngine]:
    try:
        found = find(ENGINES, name)
        engine: TtsEngine = found(found.Settings())
    except EngineUnavailable as error:
        if name not in OPTIONAL:
            raise
        pytest.skip(str(error))
    yield engine
    engine.close()


async def sounds(engine: TtsEngine, text: str, voice: str = "", speed: float = 1.0) -> list[Sound]:
    async with aclosing(engine.speak(Speakable(text=text, voice=voice, speed=speed))) as pieces:
        return [sound async for sound in pieces]


async def pcm(engine: TtsEngine, text: str, voice: str = "", speed: float = 1.0) -> Pcm:
    return whole_pcm(await sounds(engine, text, voice, speed))


def whole_pcm(pieces: list[Sound]) -> Pcm:
    return np.concatenate([sound.pcm for sound in pieces])


async def test_speech_is_audible_and_as_long_as_its_text(engine: TtsEngine) -> None:
    sound = await pcm(engine, SHORT)
    seconds_per_word = len(sound) / engine.sample_rate_hz / len(SHORT.split())
    assert 0.1 < seconds_per_word < 1
    assert 0.05 < float(np.abs(sound).max()) <= 1
    assert sound.dtype == np.float32


async def test_a_long_text_comes_in_pieces_as_they_are_made(engine: TtsEngine, name: str) -> None:
    if name not in STREAMING:
        pytest.skip(f"{name} makes a sentence in one step")
    assert len(await sounds(engine, LONG)) > 20


async def test_the_same_text_gives_the_same_sound(engine: TtsEngine) -> None:
    first = await pcm(engine, LONG)
    await pcm(engine, SHORT, speed=1.5)
    again = await pcm(engine, LONG)
    assert np.array_equal(first, again)


async def test_closing_stops_early_and_the_engine_speaks_again_at_once(engine: TtsEngine) -> None:
    whole = await pcm(engine, SHORT)
    async with aclosing(engine.speak(Speakable(text=LONG * 20))) as pieces:
        await anext(pieces)
    assert np.array_equal(await pcm(engine, SHORT), whole)


async def test_speed_changes_the_length(engine: TtsEngine) -> None:
    slow, normal, fast = [len(await pcm(engine, SHORT, speed=speed)) for speed in (0.7, 1, 1.6)]
    assert slow > 1.1 * normal > 1.2 * fast


async def test_any_speed_that_a_session_may_ask_for_speaks(engine: TtsEngine) -> None:
    for speed in (0.25, 4.0):
        assert len(await pcm(engine, SHORT, speed=speed)) > 0


def test_an_engine_offers_its_model_and_its_voices(name: str, engine: TtsEngine) -> None:
    offered = offer(name, engine)
    assert (offered.engine, bool(offered.model)) == (name, True)
    assert offered.voices[0].name == engine.voices[0].name
    assert set(offered.languages) == {voice.language for voice in engine.voices}


async def test_the_first_voice_is_the_default(engine: TtsEngine) -> None:
    named = await pcm(engine, SHORT, voice=engine.voices[0].name)
    assert np.array_equal(await pcm(engine, SHORT), named)


async def test_an_unknown_voice_is_the_default(engine: TtsEngine) -> None:
    unknown = await pcm(engine, SHORT, voice="nobody has this voice")
    assert np.array_equal(await pcm(engine, SHORT), unknown)


async def test_two_callers_get_their_own_whole_sound(engine: TtsEngine) -> None:
    short, long = await pcm(engine, SHORT), await pcm(engine, LONG)
    both = await asyncio.gather(pcm(engine, LONG), pcm(engine, SHORT))
    assert np.array_equal(both[0], long)
    assert np.array_equal(both[1], short)


async def test_words_are_in_order_and_where_the_text_has_them(engine: TtsEngine) -> None:
    pieces = await sounds(engine, LONG)
    words = [word for sound in pieces for word in sound.words]
    if not words:
        pytest.skip("this engine does not tell where words are")
    starts = [word.start_s for word in words]
    offsets = [word.offset for word in words]
    assert starts == sorted(starts)
    assert offsets == sorted(offsets)
    assert starts[-1] < sum(len(sound.pcm) for sound in pieces) / engine.sample_rate_hz
    assert all(LONG[offset - 1 : offset] in ("", " ") for offset in offsets)
    assert len(words) > 0.8 * len(LONG.split())


async def test_phonemes_are_in_order_and_within_the_sound(engine: TtsEngine) -> None:
    pieces = await sounds(engine, LONG)
    starts = [phoneme.start_s for sound in pieces for phoneme in sound.phonemes]
    if not starts:
        pytest.skip("this engine does not tell its phonemes")
    assert starts == sorted(starts)
    assert starts[-1] <= sum(len(sound.pcm) for sound in pieces) / engine.sample_rate_hz
    assert len(starts) > 2 * len(LONG.split())


async def test_espeak_moves_the_mouth_as_the_word_does(engine: TtsEngine, name: str) -> None:
    if name != "espeak":
        pytest.skip("one engine that knows its phonemes is enough")
    said = {"Mama": "PP aa PP aa", "five": "FF aa FF", "think": "TH ih kk kk"}
    for word, shapes in said.items():
        pieces = await sounds(engine, word)
        shown = mouth_shapes(phoneme for sound in pieces for phoneme in sound.phonemes)
        spoken = [shape.shape for shape in shown if shape.shape != "sil"]
        assert " ".join(spoken) == shapes
        assert shown[-1].shape == "sil"


KANJI, KANA = "今日は天気がいいですね。", "キョーワ テンキガ イイデスネ。"


async def test_espeak_reads_chinese_characters_as_their_kana(engine: TtsEngine, name: str) -> None:
    if name != "espeak":
        pytest.skip("its voice alone needs a dictionary")
    for voice in ("ja", "ja+f3"):
        pieces, kana = await sounds(engine, KANJI, voice), await sounds(engine, KANA, voice)
        assert np.array_equal(whole_pcm(pieces), whole_pcm(kana))
        assert phonemes(pieces) == phonemes(kana) != []
        offsets = [word.offset for sound in pieces for word in sound.words]
        assert offsets == [KANJI.index(word) for word in ("今日", "天気", "いい")]
    assert "tʃ" in "".join(phonemes(await sounds(engine, KANJI, "en-us")))  # “Chinese letter”


def phonemes(pieces: list[Sound]) -> list[str]:
    return [phoneme.ipa for sound in pieces for phoneme in sound.phonemes]


def test_espeak_without_a_dictionary_speaks_japanese_all_the_same_and_says_so_once() -> None:
    code = f"""
import asyncio, sys
sys.modules["janome"] = None
from tts_service.engine import Speakable
from tts_service.engines.espeak import Espeak
engine = Espeak(Espeak.Settings())

async def seconds(text):
    pieces = [sound async for sound in engine.speak(Speakable(text=text, voice="ja"))]
    return sum(len(sound.pcm) for sound in pieces) / engine.sample_rate_hz

print(asyncio.run(seconds({KANA!r})), asyncio.run(seconds({KANJI!r})), asyncio.run(seconds("漢")))
"""
    run = alone(code)
    kana_s, kanji_s, _ = map(float, run.stdout.split())
    assert 0.5 < kana_s < kanji_s / 2
    assert run.stderr.count("pip install 'voicechat[japanese]'") == 1


@pytest.mark.parametrize(
    "text", ["日本語", "ÄÖÜ ñ", "\0\x01", "<b>&", "[[hello]]", "a" * 3000, "."]
)
async def test_odd_text_does_no_harm(engine: TtsEngine, text: str) -> None:
    whole = await pcm(engine, SHORT)
    await sounds(engine, text)
    assert np.array_equal(await pcm(engine, SHORT), whole)


async def test_speech_is_understood(engine: TtsEngine, name: str) -> None:
    if name not in VOICES_OF_ENGLISH:
        pytest.skip(f"{name} does not speak English words")
    texts = [SHORT, "What is the capital of France?", "The train leaves at ten in the morning."]
    transcriber = moonshine_voice.Transcriber(
        str(moonshine_voice.get_model_path("tiny-en")),
        moonshine_voice.ModelArch.TINY,
        options={"vad_threshold": "0.0"},
    )
    heard = []
    for text in texts:
        sound = await pcm(engine, text)
        lines = transcriber.transcribe_without_streaming(
            sound.tolist(), engine.sample_rate_hz
        ).lines
        heard.append(" ".join(line.text for line in lines))
    transcriber.close()
    assert jiwer.wer(_plain(texts), _plain(heard)) < 0.3


def _plain(texts: list[str]) -> list[str]:
    return [
        "".join(character for character in text.lower() if character.isalnum() or character == " ")
        for text in texts
    ]


async def test_the_tone_engine_fails_at_the_word_it_is_told_to() -> None:
    tone = find(ENGINES, "tone")
    engine = tone(tone.Settings(fail_on="kitchen"))
    with pytest.raises(EngineError):
        await sounds(engine, SHORT)
    assert len(await sounds(engine, "Nothing here.")) > 0


def test_a_second_espeak_in_one_process_is_refused_until_the_first_is_closed() -> None:
    code = """
from shared.errors import EngineError
from tts_service.engines.espeak import Espeak
first = Espeak(Espeak.Settings())
try:
    Espeak(Espeak.Settings())
except EngineError as error:
    print(error)
first.close()
Espeak(Espeak.Settings()).close()
"""
    assert "close that engine first" in run_alone(code)


def test_an_espeak_opened_after_another_was_closed_speaks_the_same() -> None:
    code = f"""
import asyncio, hashlib
from tts_service.engine import Speakable
from tts_service.engines.espeak import Espeak

async def speak(engine):
    return b"".join([s.pcm.tobytes() async for s in engine.speak(Speakable(text={LONG!r}))])

for _ in range(3):
    engine = Espeak(Espeak.Settings())
    for _ in range(2):
        print(hashlib.sha256(asyncio.run(speak(engine))).hexdigest())
    engine.close()
"""
    digests = run_alone(code).split()
    assert len(digests) == 6
    assert len(set(digests)) == 1


def run_alone(code: str) -> str:
    """What it prints in a process of its own, which has no other engine."""
    return alone(code).stdout


def alone(code: str) -> subprocess.CompletedProcess[str]:
    find(ENGINES, "espeak")
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=50)


def test_voice_data_that_is_missing_is_a_fault_and_no_reason_to_skip(tmp_path: Path) -> None:
    code = f"""
from shared.errors import ModelError
from tts_service.engines.espeak import Espeak
try:
    Espeak(Espeak.Settings(data={str(tmp_path)!r}))
except ModelError as error:
    print(error)
Espeak(Espeak.Settings()).close()
"""
    assert "no voice data" in run_alone(code)


def test_a_library_that_is_missing_is_named_with_what_installs_it() -> None:
    espeak = find(ENGINES, "espeak")
    with pytest.raises(EngineUnavailable, match="pip install espeakng-loader"):
        espeak(espeak.Settings(library="/nowhere/libespeak-ng.so.1"))
