"""The answers of a chat, checked by the official types of OpenAI's package."""

import msgspec
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from gateway.endpoints.chat_answer import ChunkWriter, Label, Reply, write
from gateway.endpoints.chat_calls import CallsInPieces
from shared.messages import FunctionCall, ReplyEnded, ToolCall

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


# Calls


CALLED = msgspec.structs.replace(ENDED, calls=2)
CALLS = (
    FunctionCall(call_id="call_a", name="clock", arguments="{}"),
    FunctionCall(call_id="call_b", name="bell", arguments='{"times":3}'),
)


@pytest.mark.parametrize(("text", "content"), [("", None), ("Let me see.", "Let me see.")])
def test_an_answer_that_calls_tools(text: str, content: str | None) -> None:
    body = write(Reply(text=text, calls=CALLS, ended=CALLED), LABEL).body
    [choice] = ChatCompletion.model_validate_json(body, strict=True).choices
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", content)
    calls = [call for call in choice.message.tool_calls or [] if call.type == "function"]
    assert [(call.id, call.function.name) for call in calls] == [
        ("call_a", "clock"),
        ("call_b", "bell"),
    ]
    assert calls[1].function.arguments == '{"times":3}'


def test_an_answer_without_calls_has_no_field_for_them() -> None:
    body = write(Reply(text="Hello.", ended=ENDED), LABEL).body
    assert b"tool_calls" not in body


def test_an_answer_whose_calls_were_cut_off_says_so() -> None:
    cut = msgspec.structs.replace(CUT, calls=1)
    body = write(Reply(text="", calls=CALLS[:1], ended=cut), LABEL).body
    assert ChatCompletion.model_validate_json(body).choices[0].finish_reason == "length"


def piece(arguments: str, index: int = 0, offset: int = 0, *, is_last: bool = False) -> ToolCall:
    return ToolCall(
        session="s",
        turn=1,
        index=index,
        call_id=f"call_{index}",
        name="bell",
        arguments=arguments,
        offset=offset,
        is_last=is_last,
    )


def test_the_pieces_of_a_call_name_it_first_and_then_give_its_arguments() -> None:
    calls, writer = CallsInPieces(), ChunkWriter(LABEL, include_usage=False)
    told = [calls.add(piece('{"times":')), calls.add(piece("3}", offset=9, is_last=True))]
    bodies = [writer.call(deltas).removeprefix(b"data: ") for deltas in told]
    first, second = (ChatCompletionChunk.model_validate_json(body, strict=True) for body in bodies)
    [opening], [rest] = (chunk.choices[0].delta.tool_calls or [] for chunk in (first, second))
    assert opening.function is not None
    assert (opening.index, opening.id, opening.type) == (0, "call_0", "function")
    assert (opening.function.name, opening.function.arguments) == ("bell", "")
    assert rest.function is not None
    assert (rest.id, rest.function.name, rest.function.arguments) == (None, None, '{"times":3}')
    assert b'"id"' not in bodies[1].partition(b'"tool_calls"')[2]


def test_a_call_that_is_made_again_by_another_worker_is_told_once() -> None:
    calls = CallsInPieces()
    assert calls.add(piece('{"times":3')) != ()
    assert calls.add(piece('{"times":')) == ()
    [rest] = calls.add(piece("4}", offset=9, is_last=True))
    assert rest.function.arguments == '{"times":4}'
    assert calls.add(piece("4}", offset=9, is_last=True)) == ()


def test_calls_side_by_side_have_their_places() -> None:
    calls = CallsInPieces()
    deltas = calls.add(piece("{}", is_last=True)) + calls.add(piece("{}", 1, is_last=True))
    assert [delta.index for delta in deltas] == [0, 0, 1, 1]
