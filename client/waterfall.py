"""Where the time of a turn went, as bars of text. Pure."""

from collections.abc import Mapping

import msgspec

_BLOCKS = "▏▎▍▌▋▊▉█"
_LABEL_WIDTH = 26
_LEAST_BAR_WIDTH = 10

_STAGES = (
    ("waiting for stt", "stt_queue_s", None),
    ("speech to text", "stt_work_s", None),
    ("waiting for llm", "llm_queue_s", None),
    ("llm: first token", "llm_first_token_s", None),
    ("llm: first sentence", "llm_first_sentence_s", "llm_first_token_s"),
    ("waiting for tts", "tts_queue_s", None),
    ("tts: first sound", "tts_first_chunk_s", None),
)
"""Label, field of the latency object, and the field whose seconds are part of it."""


class Bar(msgspec.Struct, frozen=True):
    """A stretch of time within a turn."""

    label: str
    start_s: float
    length_s: float


def bars(latency: Mapping[str, float]) -> list[Bar]:
    """The stages up to the first sound, one behind the other.

    `latency` is the object that `response.done` carries: seconds by name (docs/protocol.md). What
    the stages do not account for is the way between the processes and the wait for the release.
    """
    made: list[Bar] = []
    reached_s = 0.0
    for label, field, part in _STAGES:
        length_s = latency.get(field, 0.0) - (latency.get(part, 0.0) if part else 0.0)
        if field in latency:
            made.append(Bar(label, reached_s, max(0.0, length_s)))
            reached_s += max(0.0, length_s)
    if (left_s := latency.get("response_time_s", 0.0) - reached_s) > 0:
        made.append(Bar("streams and release", reached_s, left_s))
    return made


def draw(latency: Mapping[str, float], width: int, *, is_plain: bool = False) -> str:
    """The bars, `width` columns wide; `is_plain` keeps to ASCII. Empty if nothing is known."""
    rows = bars(latency)
    if not rows:
        return ""
    whole_s = max(row.start_s + row.length_s for row in rows)
    room = max(_LEAST_BAR_WIDTH, width - _LABEL_WIDTH - len("  12345.6 ms"))
    lines = [_line(row, whole_s, room, is_plain) for row in rows]
    return "\n".join([*lines, *_totals(latency)])


def _line(row: Bar, whole_s: float, room: int, is_plain: bool) -> str:
    scale = room / whole_s if whole_s else 0.0
    drawn = (_ascii_bar if is_plain else _block_bar)(row.start_s * scale, row.length_s * scale)
    return f"  {row.label:<{_LABEL_WIDTH - 2}}{drawn:<{room}}{row.length_s * 1000:9.1f} ms"


def _ascii_bar(start: float, length: float) -> str:
    """At least one mark, so that no stage is lost."""
    first = int(start)
    return " " * first + "#" * max(1, round(start + length) - first)


def _block_bar(start: float, length: float) -> str:
    """To an eighth of a column at its right end."""
    first = int(start)
    eighths = max(1, round((start + length - first) * 8))
    full, part = divmod(eighths, 8)
    return " " * first + _BLOCKS[-1] * full + (_BLOCKS[part - 1] if part else "")


def _totals(latency: Mapping[str, float]) -> list[str]:
    totals = (("first answer after", "response_time_s"), ("whole answer after", "reply_s"))
    return [f"  {label}: {latency[key] * 1000:.0f} ms" for label, key in totals if key in latency]
