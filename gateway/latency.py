"""Where the time of a turn went, stage by stage."""

import msgspec

from shared.messages import AnyReply, Sentence, SpeechChunk, Transcript


class Latency(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Seconds; a stage that the turn did not have is none.

    “Start” is the end of speech where we found that ourselves, else the commit of the utterance, or
    for a turn without speech the request for a reply.
    """

    stt_queue_s: float | None = None
    """Utterance published → taken by an stt worker."""
    stt_work_s: float | None = None
    """Utterance taken → transcript made."""
    transcript_s: float | None = None
    """Start → transcript at the gateway."""
    llm_queue_s: float | None = None
    """User turn published → taken by an llm worker."""
    llm_first_token_s: float | None = None
    """User turn taken → first token."""
    llm_first_sentence_s: float | None = None
    """User turn taken → first sentence made."""
    first_sentence_s: float | None = None
    """Start → first sentence at the gateway."""
    tts_queue_s: float | None = None
    """First sentence published → taken by a tts worker."""
    tts_first_chunk_s: float | None = None
    """First sentence taken → its first chunk made."""
    first_chunk_s: float | None = None
    """Start → first chunk at the gateway."""
    requested_s: float | None = None
    """Start → reply asked for: the wait for more speech, or the client's own; 0 without speech."""
    response_time_s: float | None = None
    """Start → first audio (of a written reply: first text) released to the client."""
    mouth_to_ear_s: float | None = None
    """Start → first sample played, if the client reports its playing."""
    reply_s: float | None = None
    """Start → all of the reply released, or its end for another reason."""


class Stopwatch:
    """Collects the moments of one turn; all times are on the gateway's clock."""

    def __init__(self, start: float) -> None:
        self.start = start
        self._latency = Latency()

    @property
    def latency(self) -> Latency:
        """What is known so far."""
        return self._latency

    def note(self, message: AnyReply, now: float) -> None:
        """A result has come; only the first of each stage counts."""
        since = now - self.start
        match message:
            case Transcript():
                self._add(
                    stt_queue_s=message.queued_s, stt_work_s=message.worked_s, transcript_s=since
                )
            case Sentence(index=0):
                self._add(
                    llm_queue_s=message.queued_s,
                    llm_first_token_s=message.first_token_s,
                    llm_first_sentence_s=message.worked_s,
                    first_sentence_s=since,
                )
            case SpeechChunk(sentence=0, index=0):
                self._add(
                    tts_queue_s=message.queued_s,
                    tts_first_chunk_s=message.worked_s,
                    first_chunk_s=since,
                )
            case _:
                return

    def requested(self, now: float) -> None:
        """The client has asked for the reply."""
        self._add(requested_s=now - self.start)

    def released(self, now: float) -> None:
        """Something of the reply goes to the client."""
        self._add(response_time_s=now - self.start)

    def played(self, began: float) -> None:
        """The client began to play then."""
        self._add(mouth_to_ear_s=began - self.start)

    def finished(self, now: float) -> None:
        """The reply is over."""
        self._add(reply_s=now - self.start)

    def _add(self, **seconds: float) -> None:
        fresh = {
            name: round(value, 6)
            for name, value in seconds.items()
            if getattr(self._latency, name) is None
        }
        self._latency = msgspec.structs.replace(self._latency, **fresh)
