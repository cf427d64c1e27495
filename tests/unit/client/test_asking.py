"""What `voicechat ask` prints of a turn."""

import pytest

from client.asking import Terminal
from client.events import ReplyText


@pytest.mark.parametrize(
    ("events", "printed"), [([], ""), ([ReplyText(delta="One")], "reply   One\n")]
)
def test_an_error_in_the_midst_of_a_reply_begins_a_line(
    events: list[ReplyText], printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    for event in events:
        terminal.tell(event)
    terminal.break_off()
    assert capsys.readouterr().out == printed
