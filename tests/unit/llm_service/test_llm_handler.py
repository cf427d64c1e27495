"""Turns in, sentences out, with the scripted engine."""

from contextlib import aclosing

import msgspec
import pytest

from llm_service.engines.scripted import Scripted, ScriptedSettings
from llm_service.handler import LlmHandler
from llm_service.settings import LlmSettings
from shared.errors import EngineError
from shared.handler import one_by_one
from shared.messages import HistoryItem, ReplyEnded, ReplyOptions, Sentence, UserTurn

REPLY = "Yes, of course I can, my dear. It is 3.14 or so. Dr. Who said that."
PIECES = ["Yes, of course I can,", " my dear.", " It is 3.14 or so.", " Dr. Who said that."]
TURN = UserTurn(session="s", turn=3, gateway="g", deadline_s=9.0, text="Can you?")


def handler(settings: LlmSettings | None = None, **script: object) -> LlmHandler:
    engine = Scripted(msgspec.convert({"reply": REPLY} | script, ScriptedSettings))
    return LlmHandler(engine, settings or LlmSettings())


async def answer(
    made: LlmHandler, job: UserTurn = TURN, published: tuple[Sentence, ...] = ()
) -> tuple[list[Sentence], ReplyEnded]:
    """The sentences, and the message that concludes them."""
    async with aclosing(one_by_one(made.handle(job, published))) as results:
        items = [item async for item in results]
    ended = items.pop()
    assert isinstance(ended, ReplyEnded)
    sentences = [item for item in items if isinstance(item, Sentence)]
    assert len(sentences) == len(items)
    return sentences, ended


async def test_a_reply_comes_in_numbered_sentences_and_then_ends() -> None:
    sentences, ended = await answer(handler())
    assert [sentence.text for sentence in sentences] == PIECES
    assert [sentence.index for sentence in sentences] == [0, 1, 2, 3]
    assert (ended.sentences, ended.reason) == (4, "complete")
    assert ended.output_tokens == len(REPLY.split())


async def test_each_sentence_carries_what_the_session_asked_for() -> None:
    options = ReplyOptions(voice="slt", speed=1.5, language="en", is_spoken=False)
    sentences, ended = await answer(handler(), msgspec.structs.replace(TURN, options=options))
    for sentence in sentences:
        assert (sentence.session, sentence.turn, sentence.gateway) == ("s", 3, "g")
        assert sentence.deadline_s == TURN.deadline_s
        assert (sentence.voice, sentence.speed, sentence.language) == ("slt", 1.5, "en")
        assert not sentence.is_spoken
        assert sentence.first_token_s == sentences[0].first_token_s > 0
    assert (ended.session, ended.turn) == ("s", 3)


MIXED = "はい、もちろんです。 You can say thank you very much. OK. 「どうも」とも言います。"


@pytest.mark.parametrize(
    ("language", "reply", "languages"),
    [
        ("ja", MIXED, ["ja", "en", "en", "ja"]),
        ("en", "Sure. In Paris. Das ist aber sehr gut.", ["en", "en", "de"]),
        ("", "Das ist aber gut. In Paris. Ja.", ["de", "de", "de"]),
        ("de", "Paris. Yes, that is what you said.", ["de", "en"]),
        ("", "OK. Taxi.", ["", ""]),
    ],
)
async def test_each_sentence_of_a_reply_has_its_own_language(
    language: str, reply: str, languages: list[str]
) -> None:
    whole = handler(LlmSettings(opening_letters=0), reply=reply)
    job = msgspec.structs.replace(TURN, text="1 + 1?", language=language)
    sentences, _ = await answer(whole, job)
    assert [sentence.language for sentence in sentences] == languages
    rest, _ = await answer(whole, job, tuple(sentences[:1]))
    assert [sentence.language for sentence in rest] == languages[1:]


@pytest.mark.parametrize("count", range(len(PIECES) + 1))
async def test_another_worker_goes_on_behind_what_was_published(count: int) -> None:
    sentences, _ = await answer(handler())
    rest, ended = await answer(handler(), published=tuple(sentences[:count]))
    assert [(each.index, each.text) for each in sentences[:count] + rest] == list(enumerate(PIECES))
    assert ended.sentences == 4
    if 0 < count < 4:
        assert rest[0].first_token_s == sentences[0].first_token_s


@pytest.mark.parametrize("reply", ["", " \n"])
async def test_an_empty_reply_has_no_sentences(reply: str) -> None:
    assert (await answer(handler(reply=reply)))[0] == []


async def test_white_space_at_the_end_of_a_reply_is_no_sentence() -> None:
    sentences, ended = await answer(handler(reply="It is so.\n \n"))
    assert [sentence.text for sentence in sentences] == ["It is so."]
    assert ended.sentences == 1


async def test_an_endless_reply_ends_at_the_token_limit() -> None:
    sentences, ended = await answer(handler(LlmSettings(max_output_tokens=30), is_endless=True))
    assert (ended.reason, ended.output_tokens) == ("length", 30)
    assert ended.sentences == len(sentences)


async def test_the_session_can_ask_for_a_shorter_reply() -> None:
    options = ReplyOptions(max_output_tokens=5)
    sentences, ended = await answer(handler(), msgspec.structs.replace(TURN, options=options))
    assert "".join(sentence.text for sentence in sentences) == "Yes, of course I can,"
    assert ended.reason == "length"


async def test_a_reply_is_cut_at_the_most_characters_whatever_its_tokens_are() -> None:
    settings = LlmSettings(max_output_characters=100, max_output_tokens=10**6)
    sentences, ended = await answer(handler(settings, is_endless=True))
    assert len("".join(sentence.text for sentence in sentences)) == 100
    assert ended.reason == "length"


async def test_the_limit_in_characters_counts_what_a_lost_worker_said() -> None:
    settings = LlmSettings(max_output_characters=len("".join(PIECES[:2])))
    sentences, _ = await answer(handler())
    rest, ended = await answer(handler(settings), published=tuple(sentences[:2]))
    assert rest == []
    assert (ended.sentences, ended.reason) == (2, "length")


async def test_what_came_before_a_failure_is_not_lost() -> None:
    heard: list[str] = []

    async def listen() -> None:
        async with aclosing(handler(fails_at="Who").handle(TURN)) as results:
            async for item in results:
                assert isinstance(item, Sentence)
                heard.append(item.text)

    with pytest.raises(EngineError, match="told to fail"):
        await listen()
    assert heard == PIECES[:3]


async def test_a_reply_can_be_stopped_after_any_sentence() -> None:
    made = handler(is_endless=True)
    async with aclosing(made.handle(TURN)) as results:
        first = await anext(results)
    assert isinstance(first, Sentence)
    assert first.text == PIECES[0]


async def test_the_question_and_the_history_reach_the_engine() -> None:
    history = (HistoryItem(role="user", text="One."), HistoryItem(role="assistant", text="Two."))
    job = msgspec.structs.replace(TURN, history=history)
    sentences, ended = await answer(handler(reply="You said: {question}"), job)
    assert "".join(sentence.text for sentence in sentences) == "You said: Can you?"
    assert ended.input_tokens == len(LlmSettings().instructions.split()) + 4


async def test_session_and_turn_are_fields_of_the_log_line_and_not_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    await answer(handler())
    [record] = [record for record in caplog.records if record.name == "llm_service.handler"]
    assert (vars(record)["session"], vars(record)["turn"]) == ("s", 3)
    assert "session" not in record.getMessage()


async def test_what_was_said_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await answer(handler())
    assert "sentences=4" in caplog.text
    assert not any(word in caplog.text for word in ("course", "Who", "Can you"))
