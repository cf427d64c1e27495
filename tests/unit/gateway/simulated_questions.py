"""A question, its answer, and what a client is shown of them."""

from simulated_parties import ANSWER, Sound

from gateway.endpointing_settings import EndpointingSettings
from shared.messages import HistoryItem

FRANCE = "What is the capital of France?"
QUESTION = Sound(1.0, 2.4, FRANCE)
GERMANY = "No, what about Germany?"
REPLY = "".join(ANSWER)
"""Sounds from 2.95 s to 5.67 s if nothing holds it; all is released at 4.69 s."""
ANSWERED = [
    "SpeechStarted 1",
    "SpeechStopped 1",
    "InputWasCommitted 1",
    "ItemKnown 1",
    f"TranscriptKnown 1 {FRANCE}",
    "ReplyStarted 2",
    *(f"ReplyText {text}" for text in ANSWER),
]
"""What is shown of a question and its reply before the reply is over."""
COMPLETED = f"ReplyFinished completed {REPLY}"
OFF = EndpointingSettings(eager="off")


def user(text: str) -> HistoryItem:
    return HistoryItem(role="user", text=text)


def assistant(text: str = REPLY, *, is_interrupted: bool = False) -> HistoryItem:
    return HistoryItem(role="assistant", text=text, is_interrupted=is_interrupted)


def asked_again(item: int, text: str = GERMANY) -> list[str]:
    """What is shown of a further question."""
    return [
        f"SpeechStarted {item}",
        f"SpeechStopped {item}",
        f"InputWasCommitted {item}",
        f"ItemKnown {item}",
        f"TranscriptKnown {item} {text}",
        f"ReplyStarted {item + 1}",
        *(f"ReplyText {text}" for text in ANSWER),
        COMPLETED,
    ]
