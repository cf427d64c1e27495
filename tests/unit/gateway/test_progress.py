"""Which of a client's messages are needed again, and what it knows of the reply being given."""

import msgspec

from gateway.latency import Latency
from gateway.notices import ReplyFinished, ReplyPaused, ReplyStarted, ReplyText, Usage
from gateway.progress import KeptSession, Progress
from gateway.snapshot import KeptConversation
from shared.messages import ReplyOptions

STARTED = ReplyStarted(reply=1, item=2, previous=1, options=ReplyOptions())
FINISHED = ReplyFinished(reply=1, status="completed", text="Yes.", usage=Usage(), latency=Latency())


def kept(progress: Progress, start_s: float, end_s: float) -> KeptSession:
    return progress.kept(KeptConversation(), b"", (start_s, end_s))


def hear(progress: Progress, *ends_s: float) -> None:
    """Messages after which the session's sound ends there."""
    before_s = 0.0
    for end_s in ends_s:
        progress.receive(before_s)
        progress.settle(end_s)
        before_s = end_s


def test_without_sound_every_message_has_had_its_effect() -> None:
    progress = Progress()
    hear(progress, 0.0, 0.0, 0.0)
    written = kept(progress, 0.0, 0.0)
    assert (written.needless, written.obeyed, written.heard_s) == (3, 3, 0.0)


def test_messages_are_needed_from_the_first_whose_sound_no_utterance_has() -> None:
    progress = Progress()
    hear(progress, 0.0, 0.02, 0.02, 0.04, 0.06)
    written = kept(progress, 0.0, 0.06)
    assert (written.needless, written.obeyed, written.heard_s) == (1, 5, 0.0)
    written = kept(progress, 0.03, 0.06)
    assert (written.needless, written.obeyed, written.heard_s) == (3, 5, 0.02)
    written = kept(progress, 0.06, 0.06)
    assert (written.needless, written.obeyed, written.heard_s) == (5, 5, 0.06)


def test_of_messages_that_come_again_only_their_sound_counts() -> None:
    progress = Progress(
        KeptSession(conversation=KeptConversation(), protocol=b"", needless=3, obeyed=5)
    )
    repeats = []
    for _ in range(3):
        progress.receive(0.0)
        repeats.append(progress.is_repeat)
    assert repeats == [True, True, False]
    assert progress.received == 6


def test_what_was_told_of_a_reply_is_remembered_while_it_is_given() -> None:
    progress = Progress()
    progress.tell(STARTED)
    progress.tell(ReplyText(reply=1, delta="Yes."))
    progress.tell(ReplyPaused(item=2))
    written = kept(progress, 0.0, 0.0)
    assert written.notices == (STARTED, ReplyText(reply=1, delta="Yes."))
    assert Progress(written).kept(KeptConversation(), b"", (0.0, 0.0)).notices == written.notices
    progress.tell(FINISHED)
    assert kept(progress, 0.0, 0.0).notices == ()


def test_a_session_is_the_same_after_it_was_written_down() -> None:
    progress = Progress()
    progress.tell(STARTED)
    hear(progress, 0.0, 0.02)
    written = kept(progress, 0.0, 0.02)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(written), type=KeptSession) == written
