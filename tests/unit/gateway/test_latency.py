"""From when to when each duration runs."""

from talk import speech

from gateway.latency import Latency, Stopwatch
from shared.messages import ReplyEnded, Sentence, Transcript


def sentence(index: int) -> Sentence:
    return Sentence(
        session="s",
        turn=1,
        gateway="g",
        deadline_s=0,
        index=index,
        text="Hm.",
        queued_s=0.01,
        worked_s=0.2,
        first_token_s=0.05,
    )


def test_every_stage_is_there_after_a_spoken_turn() -> None:
    watch = Stopwatch(start=10.0)
    watch.note(Transcript(session="s", turn=1, text="Hi.", queued_s=0.001, worked_s=0.08), 10.1)
    watch.requested(10.15)
    watch.note(sentence(0), 10.3)
    watch.note(speech(1, 0, 0), 10.4)
    watch.released(10.45)
    watch.finished(12.0)
    assert watch.latency == Latency(
        stt_queue_s=0.001,
        stt_work_s=0.08,
        transcript_s=0.1,
        requested_s=0.15,
        llm_queue_s=0.01,
        llm_first_token_s=0.05,
        llm_first_sentence_s=0.2,
        first_sentence_s=0.3,
        tts_queue_s=0.003,
        tts_first_chunk_s=0.04,
        first_chunk_s=0.4,
        response_time_s=0.45,
        reply_s=2.0,
    )


def test_only_the_first_result_of_a_stage_counts() -> None:
    watch = Stopwatch(start=10.0)
    watch.note(sentence(0), 10.3)
    watch.note(sentence(0), 11.0)
    watch.released(10.5)
    watch.released(11.0)
    assert (watch.latency.first_sentence_s, watch.latency.response_time_s) == (0.3, 0.5)


def test_later_pieces_are_not_timed() -> None:
    watch = Stopwatch(start=10.0)
    watch.note(sentence(1), 10.3)
    watch.note(speech(1, 0, 1), 10.4)
    watch.note(ReplyEnded(session="s", turn=1, sentences=1), 10.5)
    assert watch.latency == Latency()
