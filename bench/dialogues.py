"""Whole spoken dialogues with the real system: who is cut off, who waits, who is interrupted.

People (bench/dialogue_sounds.py) ask with pauses, disturb the reply by sounds that are to interrupt
nobody, and then interrupt it. All is in real time, over WebSockets, with real processes, the real
voice detector and the real transcriber; replies are tones, so that runs are alike.

python -m bench.dialogues [--dialogues 60] [--modes server_vad/off,…] [--parallel 4] [--trace]
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import dialogue_sounds as sounds
from bench.dialogue_caller import (
    NEVER,
    Caller,
    is_pause,
    is_quiet,
    is_resume,
    is_silencing,
    is_sound,
    is_start,
    is_stop,
)
from bench.dialogue_sounds import Dialogue, Disturbance, Utterance
from bench.dialogue_tally import Tally, table
from bench.figures import Machine
from bench.redis_server import temporary_redis
from bench.system import free_port, running
from client.connection import connect
from client.tasks import until_one_ends
from shared.errors import VoiceChatError

MODES = "server_vad/off,server_vad/on,semantic_vad/off,semantic_vad/on"
"""Turn detection of the session / VOICECHAT_ENDPOINTING_EAGER."""
SETTINGS = {
    "VOICECHAT_STT_ENGINE": "moonshine",
    "VOICECHAT_STT_SPEECH_THRESHOLD": "0.5",
    "VOICECHAT_LLM_SCRIPTED_REPLY": "This is one sentence of eight words, no more. " * 12,
    "VOICECHAT_TTS_TONE_WORD_S": "0.25",
}
MISSED_S = 3.0
"""An end that the gateway has not noticed by then is missed, and so is an answer."""
WATCHED_S = 2.0
"""How long after a sound over a reply the reply may still be ended by it."""


class Conversation:
    """One dialogue, acted out. The story is what the person did, and when."""

    def __init__(self, caller: Caller, dialogue: Dialogue, tally: Tally) -> None:
        self._caller = caller
        self._dialogue = dialogue
        self._tally = tally
        self.story: list[str] = []

    async def act(self) -> None:
        """Ask, disturb, interrupt; ends early where there is no reply to go on with."""
        dialogue = self._dialogue
        await self._caller.until(dialogue.wait_s)
        heard_s = await self._finish(dialogue.question, self._say("question", dialogue.question))
        for disturbance in dialogue.disturbances:
            if heard_s == NEVER:
                return
            await self._caller.until(heard_s + disturbance.after_s)
            heard_s = await self._disturb(disturbance)
        if heard_s < NEVER and self._caller.is_hearing():
            await self._interrupt(dialogue.interruption)

    def _say(self, what: str, sound: Utterance | Disturbance) -> float:
        """Begin to make a sound; returns when its first sample leaves the mouth."""
        begin_s = self._caller.say(sound.pcm)
        self.story.append(f"{begin_s:8.2f}  {what}, to {begin_s + sound.length_s:.2f}")
        return begin_s

    async def _finish(self, utterance: Utterance, begin_s: float) -> float:
        """Speak to the end what was begun; returns when the answer is heard."""
        end_s = begin_s + utterance.length_s
        stopped_s = await self._caller.told(is_stop, since_s=end_s, by_s=end_s + MISSED_S)
        self._judge_pauses(utterance, begin_s)
        self._tally.judge("missed end", stopped_s == NEVER)
        self._tally.judge(f"missed end: {self._dialogue.noise}", stopped_s == NEVER)
        if stopped_s == NEVER:
            return NEVER
        by_s = stopped_s + MISSED_S
        reply_s = await self._caller.told(is_start, since_s=stopped_s, by_s=by_s)
        sound_s = await self._caller.told(is_sound, since_s=reply_s, by_s=by_s)
        self._tally.judge("no answer", sound_s == NEVER)
        self._tally.time("stop", stopped_s - end_s)
        self._tally.time("sound", sound_s - end_s)
        return sound_s

    def _judge_pauses(self, utterance: Utterance, begin_s: float) -> None:
        """A turn's end between the start of a pause and that of the next is to blame on it."""
        end_s = begin_s + utterance.length_s
        starts = [begin_s + pause.start_s for pause in utterance.pauses]
        for pause, start_s, next_s in zip(
            utterance.pauses, starts, [*starts[1:], end_s], strict=False
        ):
            name = "cut after a sentence" if pause.is_after_sentence else "cut within a sentence"
            has_ended, is_cut = self._caller.cut(start_s, next_s)
            self._tally.judge("ended in a pause", has_ended)
            self._tally.judge(name, is_cut)
        self._tally.judge("cut utterance", self._caller.cut(begin_s, end_s)[1])
        # Sound that came before it was cut off is of the reply that this utterance interrupts.
        first_s = self._caller.first(is_stop, begin_s, end_s)
        self._tally.judge("spoken into", self._caller.was_told(is_sound, first_s, end_s))

    async def _disturb(self, disturbance: Disturbance) -> float:
        """Make a sound over the reply; returns when a reply is heard thereafter."""
        if not self._caller.is_hearing():
            return NEVER
        begin_s = self._say(disturbance.kind, disturbance)
        by_s = begin_s + disturbance.length_s + WATCHED_S
        held_s = await self._caller.told(is_pause, since_s=begin_s, by_s=by_s)
        ended_s = await self._caller.told(is_silencing, since_s=begin_s, by_s=by_s)
        self._tally.judge(disturbance.kind, ended_s < NEVER)
        self._tally.judge(f"{disturbance.kind}, held", held_s < NEVER and ended_s == NEVER)
        if ended_s < NEVER:
            by_s = ended_s + MISSED_S
            return await self._caller.told(is_sound, since_s=ended_s, by_s=by_s)
        resumed_s = await self._caller.told(is_resume, since_s=held_s, by_s=by_s)
        self._tally.time("held", resumed_s - held_s if held_s < NEVER else NEVER)
        return by_s

    async def _interrupt(self, utterance: Utterance) -> None:
        begin_s = self._say("interruption", utterance)
        by_s = begin_s + utterance.length_s + WATCHED_S
        quiet_s = await self._caller.told(is_quiet, since_s=begin_s, by_s=by_s)
        ended_s = await self._caller.told(is_silencing, since_s=begin_s, by_s=by_s)
        self._tally.judge("missed interruption", ended_s == NEVER)
        self._tally.time("quiet", quiet_s - begin_s)
        await self._finish(utterance, begin_s)


async def converse(
    url: str, detection: str, dialogue: Dialogue, tally: Tally, *, is_traced: bool
) -> None:
    """One dialogue in a session of its own."""
    try:
        async with connect(url, turn_detection={"type": detection}) as connection:
            caller = Caller(connection, dialogue.background)
            conversation = Conversation(caller, dialogue, tally)
            await until_one_ends(conversation.act(), caller.speak(), caller.listen())
            tally.refusals.update(caller.refusals())
            if is_traced:
                story = sorted(conversation.story + caller.story(), key=lambda line: line[:8])
                print("\n".join(story), end="\n\n")
        tally.judge("failed", False)
    except VoiceChatError as error:
        print(f"a dialogue failed: {error}", file=sys.stderr)
        tally.judge("failed", True)


async def measure(
    mode: str,
    dialogues: Sequence[Dialogue],
    options: argparse.Namespace,
    redis_url: str,
    folder: Path,
) -> Tally:
    """All dialogues in one mode, so many at a time."""
    detection, _, eager = mode.partition("/")
    tally, gate = Tally(), asyncio.Semaphore(options.parallel)

    async def one(url: str, dialogue: Dialogue) -> None:
        async with gate:
            await converse(url, detection, dialogue, tally, is_traced=options.trace)

    settings = {**SETTINGS, "VOICECHAT_ENDPOINTING_EAGER": eager}
    async with running(redis_url, free_port(), folder, **settings) as system:
        await asyncio.gather(*(one(system.url, dialogue) for dialogue in dialogues))
    if tally.refusals:
        print(f"{mode}: the gateway refused {dict(tally.refusals)}", file=sys.stderr)
    return tally


def main(options: argparse.Namespace) -> None:
    """Print the table."""
    dialogues = asyncio.run(sounds.dialogues(options.dialogues, options.seed))
    machine, tallies = Machine(), {}
    with temporary_redis() as redis:
        for mode in options.modes.split(","):
            tallies[mode] = asyncio.run(measure(mode, dialogues, options, redis.url, redis.folder))
    print(table(tallies))
    print(f"\n{summary(dialogues, options)}\n{machine}")


def summary(dialogues: Sequence[Dialogue], options: argparse.Namespace) -> str:
    """What was done, for the reader of the table."""
    pauses = [pause for dialogue in dialogues for pause in dialogue.question.pauses]
    noises = "; ".join(
        f"{kind} {', '.join(f'{snr_db:.0f}' for snr_db in snrs_db)} dB"
        for kind, snrs_db in sounds.NOISES.items()
    )
    return (
        f"{len(dialogues)} dialogues of each mode, {options.parallel} at a time, seed "
        f"{options.seed}. {len(pauses)} pauses of {sounds.SHORTEST_PAUSE_S * 1000:.0f}–"
        f"{sounds.LONGEST_PAUSE_S * 1000:.0f} ms, {sum(p.is_after_sentence for p in pauses)} of "
        f"them after a whole sentence. Noise below the speech: {noises}. An end is missed "
        f"after {MISSED_S:.0f} s; a sound over a reply has {WATCHED_S:.0f} s after its end to end "
        "it. Modes: turn detection / eager turns."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Whole spoken dialogues with the real system.")
    parser.add_argument("--dialogues", type=int, default=60, help="how many in each mode")
    parser.add_argument("--modes", default=MODES, help=f"else {MODES}")
    parser.add_argument("--parallel", type=int, default=4, help="how many at a time")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random")
    parser.add_argument("--trace", action="store_true", help="print what happened, and when")
    return parser.parse_args()


if __name__ == "__main__":
    main(_options())
