"""The voices of eSpeak NG, as the tts service uses them for each sentence's language."""

from collections.abc import Iterator

import numpy as np
import pytest

from shared.audio import decode_packets
from shared.errors import SettingsError
from shared.messages import Sentence
from tts_service.engine import Speakable
from tts_service.engines.espeak import Espeak, EspeakSettings
from tts_service.handler import TtsHandler
from tts_service.settings import Settings
from tts_service.voices import choose_voice


@pytest.fixture(scope="module")
def espeak() -> Iterator[Espeak]:
    engine = Espeak(EspeakSettings())
    yield engine
    engine.close()


def sentence(text: str, **fields: object) -> Sentence:
    return Sentence(session="s", turn=1, gateway="g", deadline_s=0, index=0, text=text, **fields)  # type: ignore[arg-type]  # each test names its own


async def spoken(espeak: Espeak, job: Sentence, *voices: str) -> tuple[bytes, ...]:
    handler = TtsHandler(espeak, Settings(voices=voices))
    return tuple([packet async for chunk in handler.handle(job) for packet in chunk.packets])


async def sound(espeak: Espeak, text: str, voice: str) -> bytes:
    pieces = [piece.pcm async for piece in espeak.speak(Speakable(text=text, voice=voice))]
    return np.concatenate(pieces).tobytes()


GREETING = "Guten Morgen, wie geht es dir?"


async def test_a_sentence_is_spoken_by_the_voice_of_its_language(espeak: Espeak) -> None:
    wished = {
        voice: await spoken(espeak, sentence(GREETING, voice=voice)) for voice in ("de", "en-us")
    }
    assert wished["de"] != wished["en-us"]
    assert await spoken(espeak, sentence(GREETING, language="de")) == wished["de"]
    assert await spoken(espeak, sentence(GREETING)) == wished["de"]


async def test_the_voice_that_is_set_for_a_language_speaks_it(espeak: Espeak) -> None:
    job = sentence(GREETING, language="de")
    plain, variant = await spoken(espeak, job), await spoken(espeak, job, "de=de+f3")
    assert plain != variant
    assert await spoken(espeak, sentence("Good morning."), "de=de+f3") == await spoken(
        espeak, sentence("Good morning.", language="en")
    )


async def test_an_english_voice_is_not_asked_to_say_japanese(espeak: Espeak) -> None:
    japanese = await spoken(espeak, sentence("こんにちは。", language="ja"))
    assert await spoken(espeak, sentence("こんにちは。", voice="en-gb", language="ja")) == japanese
    assert len(decode_packets(japanese, 24_000)) < 2 * 24_000  # an English one spells: 4 s


@pytest.mark.parametrize(
    "text", ["你好。", "안녕하세요.", "Привет.", "Καλημέρα.", "สวัสดีครับ", "नमस्ते।", "مرحبا.", "שלום."]
)
async def test_typed_text_of_another_script_is_read_and_not_spelt(
    espeak: Espeak, text: str
) -> None:
    read = decode_packets(await spoken(espeak, sentence(text)), 24_000)
    assert 0.2 < len(read) / 24_000 < 1.6


async def test_the_japanese_voice_reads_chinese_characters(espeak: Espeak) -> None:
    assert await sound(espeak, "今日は東京です。", "ja") == await sound(
        espeak, "キョーワ トーキョーデス。", "ja"
    )
    assert await sound(espeak, "今日", "en-us") != await sound(espeak, "キョー", "en-us")


async def test_its_words_lead_to_places_in_the_text(espeak: Espeak) -> None:
    text = "今日は東京の天気がいいです。"
    pieces = [piece async for piece in espeak.speak(Speakable(text=text, voice="ja"))]
    offsets = [word.offset for piece in pieces for word in piece.words]
    assert offsets == [text.index(word) for word in ("今日", "東京", "天気", "いい")]


async def test_every_voice_that_is_offered_can_be_set(espeak: Espeak) -> None:
    text = "One two."
    sounds = {voice.name: await sound(espeak, text, voice.name) for voice in espeak.voices}
    default = sounds.pop("en-us")
    assert [name for name, made in sounds.items() if made == default] == []


@pytest.mark.parametrize(("language", "name"), [("fr", "fr-fr"), ("pt", "pt"), ("zh", "cmn")])
async def test_of_several_voices_for_a_language_the_usual_speaks(
    espeak: Espeak, language: str, name: str
) -> None:
    assert choose_voice(espeak.voices, {}, "", language).name == name


def test_a_voice_that_espeak_does_not_have_is_refused(espeak: Espeak) -> None:
    with pytest.raises(SettingsError, match="no voice 'slt'"):
        TtsHandler(espeak, Settings(voices=("en=slt",)))
