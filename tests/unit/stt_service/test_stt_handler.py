"""An utterance in, its transcript and the turn for the language model out."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from shared.audio import OpusEncoder, Pcm, read_sound
from shared.errors import AudioError, SettingsError
from shared.handler import one_by_one
from shared.messages import (
    HistoryItem,
    PartialTranscript,
    ReplyOptions,
    Transcript,
    UserTurn,
    Utterance,
)
from shared.settings import Environment
from stt_service.engines.scripted import Scripted, ScriptedSettings
from stt_service.handler import SttHandler
from stt_service.settings import SttSettings

AUDIO = Path(__file__).parents[2] / "audio"
RATE_HZ = 16_000


def sound(name: str) -> Pcm:
    return read_sound(AUDIO / f"{name}.wav", RATE_HZ)


def utterance(pcm: Pcm, *, is_partial: bool = False, wants_reply: bool = True) -> Utterance:
    encoder = OpusEncoder(RATE_HZ)
    return Utterance(
        session="s1",
        turn=3,
        gateway="g1",
        deadline_s=9e9,
        packets=(*encoder.encode(pcm), *encoder.flush()),
        is_partial=is_partial,
        wants_reply=wants_reply,
        history=(HistoryItem(role="user", text="Hello."),),
        options=ReplyOptions(language="en", voice="slt"),
    )


def handler(text: str = "So it is.", settings: SttSettings | None = None) -> SttHandler:
    return SttHandler(Scripted(ScriptedSettings(text=text)), settings or SttSettings())


async def test_a_question_becomes_a_transcript_and_a_turn_for_the_language_model() -> None:
    job = utterance(sound("capital-of-france"))
    heard, turn = [result async for result in one_by_one(handler().handle(job))]
    assert isinstance(heard, Transcript)
    assert (heard.session, heard.turn, heard.text, heard.language) == ("s1", 3, "So it is.", "en")
    assert heard.audio_s == pytest.approx(1.94, abs=0.05)
    assert turn == UserTurn(
        session="s1",
        turn=3,
        gateway="g1",
        deadline_s=9e9,
        text="So it is.",
        language="en",
        history=job.history,
        options=job.options,
    )


async def test_speech_that_goes_on_gives_one_hypothesis_and_no_turn() -> None:
    job = utterance(sound("yes"), is_partial=True)
    results = [result async for result in one_by_one(handler().handle(job))]
    told = PartialTranscript(session="s1", turn=3, text="So it is.", language="en")
    assert results == [told]


async def test_without_a_wish_for_a_reply_there_is_only_the_transcript() -> None:
    job = utterance(sound("yes"), wants_reply=False)
    (heard,) = [result async for result in one_by_one(handler().handle(job))]
    assert isinstance(heard, Transcript)
    assert heard.text == "So it is."


@pytest.mark.parametrize("name", ["silence", "noise"])
async def test_where_nobody_speaks_nothing_was_said(name: str) -> None:
    (heard,) = [result async for result in one_by_one(handler().handle(utterance(sound(name))))]
    assert heard == Transcript(session="s1", turn=3, text="", audio_s=2.0)


async def test_a_hypothesis_where_nobody_speaks_is_empty() -> None:
    job = utterance(sound("silence"), is_partial=True)
    results = [result async for result in one_by_one(handler().handle(job))]
    assert results == [PartialTranscript(session="s1", turn=3, text="")]


async def test_an_engine_that_hears_nothing_starts_no_reply() -> None:
    results = [
        result async for result in one_by_one(handler(text=" ").handle(utterance(sound("yes"))))
    ]
    assert [type(result) for result in results] == [Transcript]


async def test_with_a_threshold_of_zero_all_sound_is_speech() -> None:
    everything = handler(settings=SttSettings(speech_threshold=0))
    results = [
        result async for result in one_by_one(everything.handle(utterance(sound("silence"))))
    ]
    assert [type(result) for result in results] == [Transcript, UserTurn]


async def test_long_speech_is_transcribed_piece_by_piece_and_joined() -> None:
    job = utterance(sound("long-story"), wants_reply=False)
    (heard,) = [result async for result in one_by_one(handler("First. | Second.").handle(job))]
    assert isinstance(heard, Transcript)
    assert heard.text == "First. Second."


@pytest.mark.parametrize(
    ("text", "fixed", "told", "language"),
    [
        ("はい。", "", "ja", "ja"),
        ("はい。", "", "", "ja"),
        ("はい。", "", "en", "ja"),
        ("Guten Tag.", "", "german", "de"),
        ("Guten Tag.", "de-AT", "en", "de-at"),
        ("Guten Tag.", "no such tag", "de", "de"),
        ("Hm.", "", "und", ""),
    ],
)
async def test_the_language_is_the_sessions_else_the_engines_unless_the_text_shows_another(
    text: str, fixed: str, told: str, language: str
) -> None:
    job = utterance(sound("yes"))
    job = msgspec.structs.replace(job, options=ReplyOptions(language=fixed))
    listener = SttHandler(Scripted(ScriptedSettings(text=text, language=told)), SttSettings())
    heard, turn = [result async for result in one_by_one(listener.handle(job))]
    assert isinstance(heard, Transcript)
    assert isinstance(turn, UserTurn)
    assert heard.language == turn.language == language
    assert turn.options == job.options


async def test_a_long_silence_between_words_is_not_transcribed() -> None:
    yes = sound("yes")
    pcm = np.concatenate((yes, np.zeros(30 * RATE_HZ, np.float32), yes))
    job = utterance(pcm, wants_reply=False)
    (heard,) = [result async for result in one_by_one(handler("Yes.|Indeed.|No.").handle(job))]
    assert isinstance(heard, Transcript)
    assert heard.text == "Yes. Indeed."


@pytest.mark.parametrize("packets", [(), (b"",), (b"\xff\xff\xff", b"not Opus")])
async def test_an_utterance_of_broken_packets_is_refused(packets: tuple[bytes, ...]) -> None:
    job = Utterance(session="s1", turn=3, gateway="g1", deadline_s=9e9, packets=packets)
    with pytest.raises(AudioError, match="could be decoded"):
        _ = [result async for result in one_by_one(handler().handle(job))]


async def test_a_few_broken_packets_are_left_out() -> None:
    whole = utterance(sound("capital-of-france"), wants_reply=False)
    packets = tuple(
        b"\xff\xff\xff" if index % 10 == 0 else packet for index, packet in enumerate(whole.packets)
    )
    job = Utterance(session="s1", turn=3, gateway="g1", deadline_s=9e9, packets=packets)
    heard, _ = [result async for result in one_by_one(handler().handle(job))]
    assert isinstance(heard, Transcript)
    assert heard.text == "So it is."
    assert heard.audio_s == pytest.approx(1.94 * 0.9, abs=0.05)


async def test_ten_minutes_of_audio_are_refused_with_their_length() -> None:
    packets = utterance(sound("silence")).packets * 300
    job = Utterance(session="s1", turn=3, gateway="g1", deadline_s=9e9, packets=packets)
    with pytest.raises(AudioError, match="600 s is longer than the 300 s"):
        _ = [result async for result in one_by_one(handler().handle(job))]


@pytest.mark.parametrize(
    ("name", "text"), [("SPEECH_THRESHOLD", "1.5"), ("LONGEST_UTTERANCE_S", "0")]
)
def test_impossible_settings_are_refused(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match="VOICECHAT_STT"):
        Environment({f"VOICECHAT_STT_{name}": text}).read(SttSettings, "STT")
