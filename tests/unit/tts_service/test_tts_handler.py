"""One sentence in, chunks of speech out, with the tone engine."""

import asyncio
from contextlib import aclosing

import pytest

from shared.audio import PACKET_S
from shared.errors import EngineError
from shared.messages import Sentence, SpeechChunk
from shared.streams import concludes
from tts_service.engines.tone import Tone, ToneSettings
from tts_service.handler import TtsHandler
from tts_service.settings import Settings


def handler(**tone: float | str) -> TtsHandler:
    return TtsHandler(Tone(ToneSettings(**tone)), Settings(sentence_pause_s=0.2))  # type: ignore[arg-type]  # each test names its own


def sentence(text: str, **fields: object) -> Sentence:
    return Sentence(session="s", turn=1, gateway="g", deadline_s=0, index=2, text=text, **fields)  # type: ignore[arg-type]  # each test names its own


async def spoken(
    job: Sentence, speaker: TtsHandler, published: list[SpeechChunk] | None = None
) -> list[SpeechChunk]:
    return [chunk async for chunk in speaker.handle(job, published or [])]


def packets(chunks: list[SpeechChunk]) -> list[bytes]:
    return [packet for chunk in chunks for packet in chunk.packets]


async def test_a_sentence_becomes_numbered_chunks_that_conclude_with_the_last() -> None:
    made = await spoken(sentence(" One two three."), handler(word_s=0.3))
    assert [chunk.index for chunk in made] == list(range(len(made)))
    assert [concludes(chunk) for chunk in made] == [False] * (len(made) - 1) + [True]
    assert {chunk.sentence for chunk in made} == {2}
    assert len(packets(made)) == round((3 * 0.3 + 0.2) / PACKET_S)


async def test_the_packets_do_not_depend_on_the_pieces_of_the_engine() -> None:
    job = sentence("One two three four five.")
    whole = await spoken(job, handler(piece_s=10))
    assert await spoken(job, handler(piece_s=0.013)) == whole


async def test_a_half_spoken_sentence_goes_on_after_its_last_chunk() -> None:
    job = sentence("One two three four five six seven.")
    whole = await spoken(job, handler())
    assert len(whole) > 3
    for done in range(len(whole)):
        assert await spoken(job, handler(), whole[:done]) == whole[done:]


async def test_a_sentence_that_was_spoken_to_its_end_is_not_spoken_again() -> None:
    job = sentence("One two.")
    assert await spoken(job, handler(), await spoken(job, handler())) == []


@pytest.mark.parametrize("text", ["🎉", "", "  \n", "..."])
async def test_nothing_to_speak_is_one_last_chunk_without_sound(text: str) -> None:
    made = await spoken(sentence(text), handler(fail_on="anything"))
    assert [(chunk.index, chunk.packets, chunk.is_last) for chunk in made] == [(0, (), True)]


async def test_words_point_into_the_text_as_it_was_written() -> None:
    text = " It costs **$5** now."
    made = await spoken(sentence(text), handler(word_s=0.3))
    words = [word for chunk in made for word in chunk.words]
    places = [text.index(part) for part in ("It", "costs", "$5", "$5", "now")]
    assert [word.offset for word in words] == places
    assert [word.start_s for word in words] == pytest.approx([0, 0.3, 0.6, 0.9, 1.2])


async def test_a_sound_that_fills_its_chunks_ends_with_an_empty_last_one() -> None:
    made = await spoken(sentence("One."), handler(word_s=0.079))
    assert [len(chunk.packets) for chunk in made] == [4, 10, 0]


async def test_faster_speech_is_shorter() -> None:
    normal = packets(await spoken(sentence("One two three."), handler()))
    fast = packets(await spoken(sentence("One two three.", speed=2.0), handler()))
    assert len(fast) == pytest.approx(len(normal) / 2, abs=1)


async def test_a_failing_engine_raises() -> None:
    with pytest.raises(EngineError):
        await spoken(sentence("One two three."), handler(fail_on="two"))


async def test_the_first_chunk_comes_before_the_engine_is_done() -> None:
    speaker = handler(delay_s=3600, piece_s=0.1)
    async with aclosing(speaker.handle(sentence("One two three."))) as chunks:
        first = await anext(chunks)
    assert first.index == 0
    assert first.packets


async def test_sentences_spoken_at_once_do_not_mix() -> None:
    jobs = [sentence("One two three."), sentence("Four five six seven.")]
    apart = [await spoken(job, handler()) for job in jobs]
    speaker = handler()
    assert await asyncio.gather(*(spoken(job, speaker) for job in jobs)) == apart
