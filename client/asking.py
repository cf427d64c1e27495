"""`voicechat ask`: questions from files or typed, answers on the terminal."""

import shutil
import sys
from pathlib import Path

import msgspec

from client.access import Access
from client.ask import Answer, Question, ask
from client.connection import Connection, connect
from client.events import AnyEvent, ReplyText, SpeechHeard
from client.sound import check_answer_path, read_question, write_answer
from client.waterfall import draw
from shared.audio import PACKET_S
from shared.errors import VoiceChatError


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be asked, and how."""

    url: str
    access: Access
    answer_timeout_s: float
    sounds: tuple[Path, ...]
    texts: tuple[str, ...]
    out: Path | None
    """Where the spoken answers go, one behind the other."""
    is_fast: bool
    is_json: bool
    voice: str
    instructions: str


async def ask_all(asking: Asking) -> int:
    """All questions as turns of one session; returns the exit status. Raises VoiceChatError."""
    if asking.out:
        check_answer_path(asking.out)
    spoken = [(str(path), read_question(path)) for path in asking.sounds]
    questions: list[tuple[str, Question]] = [*spoken, *((text, text) for text in asking.texts)]
    packets: list[bytes] = []
    async with connect(
        asking.url,
        access=asking.access,
        instructions=asking.instructions,
        voice=asking.voice,
        answer_timeout_s=asking.answer_timeout_s,
    ) as connection:
        for name, question in questions:
            packets += await _one(asking, connection, name, question)
    if asking.out:
        _write(asking.out, packets)
    return 0


async def _one(
    asking: Asking, connection: Connection, name: str, question: Question
) -> tuple[bytes, ...]:
    """One turn; returns the spoken answer."""
    if asking.is_json:
        answer = await ask(connection, question, is_fast=asking.is_fast)
        print(_as_json(name, answer), flush=True)
        return answer.packets
    length = "" if isinstance(question, str) else f"  ({len(question) * PACKET_S:.1f} s)"
    print(f"asking  {name}{length}", flush=True)
    terminal = Terminal()
    try:
        answer = await ask(connection, question, is_fast=asking.is_fast, tell=terminal.tell)
    except VoiceChatError:
        terminal.break_off()
        raise
    _sum_up(answer)
    return answer.packets


class Terminal:
    """Shows a turn while it happens."""

    def __init__(self) -> None:
        self._has_begun = False

    def tell(self, event: AnyEvent) -> None:
        """Print what is for people."""
        match event:
            case SpeechHeard(text=text):
                print(f"heard   {text or '(nothing was said)'}", flush=True)
            case ReplyText(delta=delta):
                print(delta if self._has_begun else f"reply   {delta.lstrip()}", end="", flush=True)
                self._has_begun = True
            case _:
                return

    def break_off(self) -> None:
        """There will be no more of the reply: what is printed next begins a line."""
        if self._has_begun:
            print(flush=True)


def _sum_up(answer: Answer) -> None:
    seconds = len(answer.packets) * PACKET_S
    notes = [f"{seconds:.1f} s of speech"] if answer.packets else ["no speech"]
    if answer.status != "completed":
        notes.append(": ".join(filter(None, (answer.status, answer.cause))))
    if answer.first_sound_s is not None:
        notes.append(f"first sound here after {answer.first_sound_s * 1000:.0f} ms")
    lead = "\n" if answer.reply else ""
    print(f"{lead}        {', '.join(notes)}\n")
    is_plain = "utf" not in (sys.stdout.encoding or "").lower()
    width = min(100, shutil.get_terminal_size().columns)
    print(draw(answer.latency, width, is_plain=is_plain), end="\n\n", flush=True)


def _as_json(name: str, answer: Answer) -> str:
    turn = msgspec.structs.asdict(answer)
    turn["speech_s"] = round(len(turn.pop("packets")) * PACKET_S, 2)
    return msgspec.json.encode({"question": name, **turn}).decode()


def _write(path: Path, packets: list[bytes]) -> None:
    if not packets:
        print(f"no answer was spoken, so {path} was not written", file=sys.stderr)
        return
    print(f"wrote {write_answer(path, packets):.1f} s to {path}", file=sys.stderr)
