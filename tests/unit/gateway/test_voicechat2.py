"""voicechat2's page: what it says and what it is told, in the order of the original server."""

from typing import Any

import msgspec
import pytest
from talk import PACKET, Talk

from gateway.events import AudioReceived, ClientRequest, InputCleared, InputCommitted, Tick
from gateway.latency import Latency
from gateway.notices import AnyNotice, Problem, ReplyAudio, ReplyFinished, Usage
from gateway.protocols.port import Answer, Heard, Sound, SpokenItem
from gateway.protocols.voicechat2 import PATIENCE_S, VoiceChat2
from gateway.settings import GatewaySettings

STOP = '{"action": "stop_recording"}'
PING = '{"type": "ping"}'
Message = dict[str, Any]


class Page:
    """A page before a conversation: what a session does between the two, without any sound."""

    def __init__(self) -> None:
        settings = GatewaySettings(most_message_bytes=100)
        self.protocol = VoiceChat2(settings)
        self.talk = Talk(settings, by_sentence=True)

    def say(self, text: str) -> list[Message]:
        """What the page is told because of a text message."""
        return self._hear(list(self.protocol.read(text)))

    def record(self, content: bytes = b"recording") -> list[Message]:
        """The same of a recording; it can be understood unless it says that it is broken."""
        return self._hear(list(self.protocol.read_binary(content)))

    def told(self, *notices: object) -> list[Message]:
        """How notices are told."""
        return [
            msgspec.json.decode(message)
            for notice in notices
            if isinstance(notice, AnyNotice)
            for message in self.protocol.write(notice)
        ]

    def wait(self, seconds: float) -> list[Message]:
        """Time passes."""
        self.talk.now += seconds
        assert self.talk.wake_at is not None
        assert self.talk.wake_at <= self.talk.now
        return self.told(*self.talk.hear(Tick()))

    def _hear(self, heard: list[Heard]) -> list[Message]:
        told: list[Message] = []
        for event in heard:
            match event:
                case Answer():
                    told += map(msgspec.json.decode, event.messages)
                case Problem():
                    told += self.told(event)
                case Sound(content=b"broken"):
                    return told + self.told(Problem(code="invalid_audio", message="no page begins"))
                case Sound():
                    told += self.told(*self.talk.hear(AudioReceived(packets=(PACKET,))))
                case SpokenItem():
                    raise AssertionError("the page puts nothing into the conversation")
                case _ if isinstance(event, ClientRequest):
                    told += self.told(*self.talk.hear(event))
        return told


def kinds(messages: list[Message]) -> list[str]:
    return [message["type"] for message in messages]


def test_a_ping_is_answered_at_once() -> None:
    assert Page().say(PING) == [{"type": "pong"}]


def test_nothing_is_told_before_the_page_speaks() -> None:
    assert VoiceChat2(GatewaySettings()).greeting() == []


# Turns


def test_a_turn_is_told_in_the_order_of_the_original_server() -> None:
    page = Page()
    assert page.record() == page.say(STOP) == []
    assert page.told(*page.talk.transcript(1, "Hello?")) == [
        {"type": "transcription", "content": "Hello?"}
    ]
    assert kinds(page.told(*page.talk.sentence(1, 0, "Hi. "))) == ["text"]
    assert kinds(page.told(*page.talk.chunk(1, 0))) == ["first_audio_response"]
    assert kinds(page.told(*page.talk.sentence(1, 1, "You."))) == ["text"]
    assert kinds(page.told(*page.talk.chunk(1, 1))) == []
    assert kinds(page.told(*page.talk.ended(1, 2))) == ["latency_metrics", "processing_complete"]


def test_each_recording_is_an_utterance_of_its_own() -> None:
    page = Page()
    page.record(b"not the last")
    page.record(b"the last")
    page.say(STOP)
    (utterance,) = page.talk.messages
    assert getattr(utterance, "packets", None) == (PACKET,)
    assert page.protocol.read_binary(b"next") == ()


def test_the_end_of_a_recording_may_come_before_it() -> None:
    page = Page()
    assert page.say(STOP) == []
    page.talk.now += PATIENCE_S / 2
    assert page.record() == []
    assert len(page.talk.messages) == 1
    page.talk.now += 2 * PATIENCE_S
    assert kinds(page.told(*page.talk.transcript(1, "Hello?"))) == ["transcription"]


def test_an_end_without_a_recording_is_an_error_after_a_while_and_the_page_is_ready() -> None:
    page = Page()
    assert page.say(STOP) == []
    told = page.wait(PATIENCE_S)
    assert kinds(told) == ["error", "processing_complete"]
    assert "no recording has come" in told[0]["message"]
    assert page.record() == []
    assert page.talk.messages == []
    assert page.say(STOP) == []
    assert len(page.talk.messages) == 1


def test_a_second_end_does_not_repeat_the_recording() -> None:
    page = Page()
    page.record()
    page.say(STOP)
    page.say(STOP)
    assert len(page.talk.messages) == 1


def test_a_new_utterance_ends_the_reply_to_the_one_before() -> None:
    page = Page()
    page.record()
    page.say(STOP)
    page.talk.transcript(1, "Tell me a story.")
    page.talk.sentence(1, 0, "Once upon a time. ")
    page.talk.chunk(1, 0, packets=500)
    page.record()
    assert kinds(page.say(STOP)) == ["interrupted"]
    assert page.told(*page.talk.sentence(1, 1, "There was a king.")) == []
    assert page.told(*page.talk.chunk(1, 1)) == []
    assert kinds(page.told(*page.talk.transcript(2, "Stop."))) == ["transcription"]
    told = page.told(*page.talk.answer(2, "All right."))
    assert kinds(told) == ["text", "first_audio_response", "latency_metrics", "processing_complete"]


def test_a_new_utterance_may_come_before_the_words_of_the_one_before_are_known() -> None:
    page = Page()
    for _ in range(2):
        page.record()
        page.say(STOP)
    assert page.told(*page.talk.transcript(1, "First.")) == [
        {"type": "transcription", "content": "First."}
    ]
    assert kinds(page.told(*page.talk.transcript(2, "Second."))) == ["transcription"]
    assert kinds(page.told(*page.talk.answer(2)))[-1] == "processing_complete"


# What is told


def test_the_reply_is_escaped_because_the_page_takes_it_for_html() -> None:
    page = Page()
    page.record()
    page.say(STOP)
    page.talk.transcript(1, "?")
    told = page.told(*page.talk.sentence(1, 0, 'Say "<b>" & go.'))
    assert told == [{"type": "text", "content": 'Say "&lt;b&gt;" &amp; go.'}]


def test_what_was_said_is_not_escaped_because_the_page_takes_it_for_text() -> None:
    page = Page()
    page.record()
    page.say(STOP)
    assert page.told(*page.talk.transcript(1, "A < B"))[0]["content"] == "A < B"


def finished(**latency: float) -> ReplyFinished:
    return ReplyFinished(
        reply=1, status="completed", text="", usage=Usage(), latency=Latency(**latency)
    )


def test_the_metrics_are_those_of_the_page() -> None:
    seconds = finished(
        stt_work_s=0.1,
        llm_first_token_s=0.2,
        llm_first_sentence_s=0.3,
        first_sentence_s=0.5,
        response_time_s=0.75,
    )
    assert Page().told(seconds)[0]["metrics"] == {
        "total_voice_to_voice": 0.75,
        "srt_duration": 0.1,
        "llm_ttft": 0.2,
        "llm_ttfs": 0.3,
        "tts_duration": 0.25,
    }


def test_metrics_that_are_not_known_are_numbers_all_the_same() -> None:
    metrics = Page().told(finished())[0]["metrics"]
    assert len(metrics) == 5
    assert set(metrics.values()) == {0.0}


def test_sound_is_announced_once_and_only_if_there_is_any() -> None:
    protocol = VoiceChat2(GatewaySettings())

    def told(sentence: int, packets: tuple[bytes, ...], *, is_last: bool) -> list[bytes]:
        return protocol.write(
            ReplyAudio(
                reply=1, turn=1, sentence=sentence, first_packet=0, packets=packets, is_last=is_last
            )
        )

    assert told(0, (), is_last=True) == []
    assert told(1, (PACKET,), is_last=False) == []
    assert len(told(1, (), is_last=True)) == 1
    assert told(2, (PACKET,), is_last=True) == []


# What goes wrong


def test_an_utterance_without_words_is_an_error_and_the_page_is_ready() -> None:
    page = Page()
    page.record()
    page.say(STOP)
    told = page.told(*page.talk.transcript(1, " "))
    assert kinds(told) == ["error", "processing_complete"]
    assert "no words" in told[0]["message"]


def test_a_failed_reply_is_told_once_and_the_page_is_ready() -> None:
    page = Page()
    page.record()
    page.say(STOP)
    page.talk.transcript(1, "Hello?")
    assert page.told(*page.talk.failed(1)) == [
        {"type": "error", "message": "why"},
        {"type": "processing_complete"},
    ]


@pytest.mark.parametrize("is_early", [False, True], ids=["in order", "end first"])
def test_a_broken_recording_is_told_once_and_the_page_is_ready(*, is_early: bool) -> None:
    page = Page()
    messages = page.say(STOP) if is_early else []
    messages += page.record(b"broken")
    messages += [] if is_early else page.say(STOP)
    assert kinds(messages) == ["error", "processing_complete"]
    assert page.talk.messages == []
    page.record()
    page.say(STOP)
    assert len(page.talk.messages) == 1


def test_a_broken_recording_leaves_the_reply_alone() -> None:
    page = Page()
    page.record()
    page.say(STOP)
    page.talk.transcript(1, "Hello?")
    page.record(b"broken")
    assert kinds(page.say(STOP)) == ["error"]
    assert kinds(page.told(*page.talk.answer(1)))[-1] == "processing_complete"


def test_a_recording_that_is_too_large_is_told_when_it_is_to_be_answered() -> None:
    page = Page()
    assert page.record(bytes(101)) == []
    told = page.say(STOP)
    assert kinds(told) == ["error", "processing_complete"]
    assert told[0]["message"] == "a recording may have 100 bytes, not 101"


def test_too_long_an_utterance_is_told_and_answered_as_far_as_it_was_kept() -> None:
    problem = Problem(code="input_audio_buffer_full", message="120 s")
    assert kinds(Page().told(problem)) == ["error"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", '"ping"', "{}", '{"type": "text"}', '{"action": 1}', "[" * 5000]
)
def test_what_the_page_never_says_is_an_error(text: str) -> None:
    assert kinds(Page().say(text)) == ["error", "processing_complete"]


def test_a_recording_forgets_what_is_left_of_one_that_broke_in_its_middle() -> None:
    protocol = VoiceChat2(GatewaySettings())
    protocol.read_binary(b"x")
    assert protocol.read(STOP) == (
        *(InputCleared(), Sound(content=b"x"), InputCommitted(wants_reply=True)),
    )
