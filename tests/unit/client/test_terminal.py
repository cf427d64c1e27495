"""What a conversation looks like on the terminal."""

import pytest

from client.events import (
    AnyEvent,
    ItemDeleted,
    Refused,
    ReplyDone,
    ReplyPaused,
    ReplyText,
    SpeechGuessed,
    SpeechHeard,
)
from client.terminal import Lines

HEARD = SpeechHeard(text="hello")
REPLY = (ReplyText(delta=" Hi."), ReplyText(delta=" What?"))


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ([HEARD, *REPLY, ReplyDone(status="completed")], "you     hello\nreply   Hi. What?\n"),
        ([*REPLY, ReplyDone(status="cancelled"), HEARD], "reply   Hi. What? …\nyou     hello\n"),
        ([*REPLY, HEARD], "reply   Hi. What?\nyou     hello\n"),
        ([ReplyDone(status="cancelled")], ""),
        (
            [SpeechHeard(text=""), ReplyDone(status="failed", reason="no_speech")],
            "you     (nothing was said)\n",
        ),
        ([ReplyDone(status="failed", detail="no memory")], "[failed: no memory]\n"),
        (
            [HEARD, ItemDeleted(item="i"), HEARD],
            "you     hello\n        (going on)\nyou     hello\n",
        ),
        ([Refused(code="c", detail="busy")], "the gateway says: busy\n"),
        ([SpeechGuessed(delta="a", rest="b"), ReplyPaused(item="i")], ""),
    ],
    ids=[
        "a turn",
        "an interrupted reply",
        "a reply whose end is not told",
        "a reply that said nothing",
        "silence",
        "a failure",
        "somebody who goes on",
        "a refusal",
        "what is not for people",
    ],
)
def test_each_side_has_its_lines(
    events: list[AnyEvent], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Lines()
    for event in events:
        lines.show(event)
    assert capsys.readouterr().out == shown
