"""What is spoken, heard again: word error rate of the speech engines by the transcriber.

python -m bench.round_trip
"""

import asyncio
import re
import statistics
import sys
from contextlib import closing

import jiwer

from shared.errors import EngineUnavailable
from shared.messages import Sentence, Transcript, Utterance
from shared.registry import find
from stt_service.engines.moonshine import Moonshine
from stt_service.handler import SttHandler
from stt_service.settings import SttSettings
from tts_service.engines import ENGINES
from tts_service.handler import TtsHandler
from tts_service.settings import Settings as TtsSettings

REPLIES = (
    "The capital of France is Paris.",
    "The moon is about two hundred and forty thousand miles away from the earth.",
    "Plants make their food from sunlight, water and air.",
    "Please turn off the lights before you leave the kitchen.",
    "I can help you with that.",
    "The weather tomorrow will be warm and dry.",
    "A good cup of tea needs fresh water and a little time.",
    "Mount Everest is the highest mountain in the world.",
    "She wrote the first book when she was twenty years old.",
    "You should drink more water when it is hot outside.",
    "The train to London leaves in fifteen minutes.",
    "There are seven days in a week and twelve months in a year.",
)

_NUMBERS = {
    "240,000": "two hundred and forty thousand",
    "20": "twenty",
    "15": "fifteen",
    "12": "twelve",
    "7": "seven",
}
"""How the transcriber may write what the sentences say in words."""


async def heard(tts: TtsHandler, stt: SttHandler, text: str) -> str:
    """What the transcriber makes of the spoken text, by way of Opus packets."""
    sentence = Sentence(session="s", turn=1, gateway="g", deadline_s=9e9, index=0, text=text)
    packets = tuple([packet async for chunk in tts.handle(sentence) for packet in chunk.packets])
    utterance = Utterance(
        session="s", turn=1, gateway="g", deadline_s=9e9, packets=packets, wants_reply=False
    )
    [transcript] = [result async for result in stt.handle(utterance)]
    assert isinstance(transcript, Transcript)
    return transcript.text


def plain(text: str) -> str:
    """Lower case, without punctuation, the numbers of these sentences as words."""
    for figures, words in _NUMBERS.items():
        text = re.sub(rf"\b{figures}\b", words, text)
    return " ".join(re.findall(r"[a-z']+", text.lower()))


async def measure(name: str) -> None:
    """Print the word error rate of one engine."""
    engine = find(ENGINES, name)
    try:
        voice = engine(engine.Settings())
    except EngineUnavailable as error:
        print(f"  {name:<8} not measured: {error}")
        return
    with closing(voice), closing(Moonshine(Moonshine.Settings())) as ear:
        tts, stt = TtsHandler(voice, TtsSettings()), SttHandler(ear, SttSettings())
        rates = [jiwer.wer(plain(text), plain(await heard(tts, stt, text))) for text in REPLIES]
    perfect = sum(rate == 0 for rate in rates)
    mean = statistics.mean(rates)
    print(
        f"  {name:<8} mean WER {mean:5.1%}, worst {max(rates):4.0%}, perfect {perfect}/{len(rates)}"
    )


def main() -> None:
    """Measure every engine that speaks words."""
    print(f"  {len(REPLIES)} sentences, spoken, sent as Opus, transcribed by moonshine")
    for name in sys.argv[1:] or ("espeak", "flite"):
        asyncio.run(measure(name))


if __name__ == "__main__":
    main()
