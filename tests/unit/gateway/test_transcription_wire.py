"""What an upload may ask for, and how its transcript is written."""

import msgspec
import pytest
from openai.types.audio import (
    Transcription,
    TranscriptionTextDeltaEvent,
    TranscriptionTextDoneEvent,
    TranscriptionVerbose,
)

from gateway.endpoints.faults import Fault
from gateway.endpoints.transcription_wire import Wishes, read_wishes, write, write_events
from shared.messages import Transcript

HEARD = Transcript(session="s", turn=1, text="Grüße.", language="de", audio_s=1.5)


def test_a_form_without_wishes_has_the_defaults() -> None:
    assert read_wishes({"model": "whisper-1", "prompt": "names", "temperature": "0"}) == Wishes()


def test_wishes_are_read() -> None:
    fields = {"language": "de", "response_format": "verbose_json", "stream": "True"}
    assert read_wishes(fields) == Wishes(language="de", shape="verbose_json", is_streamed=True)


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"response_format": "srt"}, "unsupported_value", "response_format"),
        ({"stream": "perhaps"}, "invalid_value", "stream"),
        ({"language": "x" * 101}, "invalid_value", "language"),
        (
            {"timestamp_granularities[]": "word"},
            "unsupported_value",
            "timestamp_granularities",
        ),
    ],
)
def test_wishes_that_cannot_be_granted(fields: dict[str, str], code: str, param: str) -> None:
    with pytest.raises(Fault) as caught:
        read_wishes(fields)
    assert (caught.value.status, caught.value.code, caught.value.param) == (400, code, param)


def test_a_transcript_is_written_in_each_shape() -> None:
    plain = Transcription.model_validate_json(write(HEARD, "json").body, strict=True)
    verbose = TranscriptionVerbose.model_validate_json(
        write(HEARD, "verbose_json").body, strict=True
    )
    assert plain.text == verbose.text == "Grüße."
    assert (verbose.language, verbose.duration) == ("de", 1.5)
    assert write(HEARD, "text") == ("Grüße.\n".encode(), "text/plain")


def test_a_transcript_is_written_as_events() -> None:
    delta, done = (event.removeprefix(b"data: ") for event in write_events(HEARD))
    assert TranscriptionTextDeltaEvent.model_validate_json(delta, strict=True).delta == "Grüße."
    assert TranscriptionTextDoneEvent.model_validate_json(done, strict=True).text == "Grüße."


def test_silence_is_written_without_a_delta() -> None:
    [done] = write_events(msgspec.structs.replace(HEARD, text=""))
    assert b'"transcript.text.done"' in done
