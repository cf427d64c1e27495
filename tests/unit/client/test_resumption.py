"""What the gateway says about resuming is told from all else."""

import msgspec
import pytest

from client import resumption


@pytest.mark.parametrize(
    ("message", "news"),
    [
        (
            '{"type":"session.resumable","session_id":"sess_1","secret":"s","resume_s":60.0}',
            resumption.Resumable("sess_1", "s", 60.0),
        ),
        (
            '{"type":"session.resumed","session_id":"sess_1","received":3}',
            resumption.Resumed(3),
        ),
        ('{"type":"session.acknowledged","received":3}', resumption.Acknowledged(3)),
        ('{"type":"session.created","session":{}}', None),
        ('{"type":"response.done"}', None),
        ('{"type":"session.resumed"', None),
        ('{"type":"session.resumed","text":"' + "x" * 600 + '","received":3}', None),
    ],
)
def test_news_is_told_from_all_else(message: str, news: resumption.AnyNews | None) -> None:
    assert resumption.read(message) == news


def test_what_we_say_is_what_the_protocol_says() -> None:
    wish = msgspec.json.decode(resumption.resume("s", 4))
    assert wish == {"type": "session.resume", "secret": "s", "received": 4}
    told = msgspec.json.decode(resumption.acknowledge(4))
    assert told == {"type": "session.acknowledge", "received": 4}
