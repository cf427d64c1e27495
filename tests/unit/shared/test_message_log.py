"""What was sent is remembered until the other side has it, and no longer, and not without bound."""

from shared.message_log import MessageLog, Sent


def log_of(*contents: bytes, most_bytes: int = 100) -> MessageLog:
    log = MessageLog(most_bytes)
    for content in contents:
        log.add(Sent(content, is_text=False))
    return log


def contents(messages: tuple[Sent, ...]) -> list[bytes]:
    return [message.content for message in messages]


def test_messages_are_numbered_from_one() -> None:
    log = log_of(b"a", b"b", b"c")
    assert log.last == 3
    assert contents(log.between(0, 3)) == [b"a", b"b", b"c"]
    assert contents(log.between(1, 2)) == [b"b"]
    assert log.between(3, 3) == ()


def test_what_was_received_is_forgotten() -> None:
    log = log_of(b"a", b"b", b"c")
    log.acknowledge(2)
    assert (log.forgotten, log.last) == (2, 3)
    assert contents(log.between(0, 3)) == [b"c"]
    log.acknowledge(1)
    assert log.forgotten == 2


def test_the_oldest_go_if_they_are_too_many() -> None:
    log = log_of(b"aaaa", b"bbbb", b"cccc", most_bytes=8)
    assert contents(log.between(0, 3)) == [b"bbbb", b"cccc"]


def test_it_can_be_resumed_only_behind_what_is_missing_and_before_what_was_never_sent() -> None:
    log = log_of(b"a", b"b", b"c")
    log.acknowledge(1)
    assert [log.can_resume_after(number) for number in range(5)] == [False, True, True, True, False]


def test_a_log_goes_on_where_another_ended() -> None:
    log = MessageLog(100, last=7)
    log.add(Sent(b"h", is_text=True))
    assert (log.forgotten, log.last) == (7, 8)
    assert contents(log.between(7, 8)) == [b"h"]
