"""The answers of a chat, checked by the official types of OpenAI's package."""

import msgspec
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from gateway.endpoints.chat_answer import ChunkWriter, Label, Reply, write
from shared.messages import ReplyEnded

LABEL = Label(id="chatcmpl-1", created=1_700_000_000, model="small")
ENDED = ReplyEnded(
    session="s", turn=1, sentences=2, input_tokens=9, cached_tokens=4, output_tokens=5
)
CUT = msgspec.structs.replace(ENDED, reason="length")


@pytest.mark.parametrize(("ended", "reason"), [(ENDED, "stop"), (CUT, "length")])
def test_an_answer_in_one_piece(ended: ReplyEnded, reason: str) -> None:
    body = write(Reply(text="Hello.", ended=ended), LABEL).body
    answer = ChatCompletion.model_validate_json(body, strict=True)
    assert answer.choices[0].message.content == "Hello."
    assert answer.choices[0].finish_reason == reason
    assert answer.usage is not None
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.prompt_tokens_details.cached_tokens == 4
    assert (answer.usage.total_tokens, answer.model) == (14, "small")


def chunks(*, include_usage: bool) -> list[ChatCompletionChunk]:
    writer = ChunkWriter(LABEL, include_usage=include_usage)
    stream = b"".join([writer.begin(), writer.add("Hello."), writer.add(" Bye."), writer.end(CUT)])
    *events, done, rest = stream.split(b"\n\n")
    assert (done, rest) == (b"data: [DONE]", b"")
    bodies = [event.removeprefix(b"data: ") for event in events]
    return [ChatCompletionChunk.model_validate_json(body, strict=True) for body in bodies]


def test_an_answer_in_pieces() -> None:
    pieces = chunks(include_usage=False)
    deltas = [piece.choices[0].delta for piece in pieces]
    assert (deltas[0].role, deltas[0].content) == ("assistant", "")
    assert [delta.content for delta in deltas[1:]] == ["Hello.", " Bye.", None]
    assert [piece.choices[0].finish_reason for piece in pieces] == [None, None, None, "length"]
    assert all(piece.usage is None for piece in pieces)


def test_an_answer_in_pieces_can_end_with_its_usage() -> None:
    *pieces, last = chunks(include_usage=True)
    assert last.choices == []
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (9, 5)
    assert [piece.usage for piece in pieces] == [None] * 4
