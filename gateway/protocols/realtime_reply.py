"""One reply in the words of the Realtime protocol: all messages in order."""

import base64
from typing import assert_never

import msgspec

from gateway.notices import (
    CallArguments,
    CallEnded,
    CallStarted,
    ReplyAudio,
    ReplyFinished,
    ReplyMarks,
    ReplyPaused,
    ReplyResumed,
    ReplyStarted,
    ReplyText,
)
from gateway.protocols import realtime_objects as objects
from gateway.protocols import realtime_server as server
from gateway.protocols.port import SoundFormat
from gateway.protocols.realtime_calls import CallNotice, CallsWriter
from gateway.protocols.realtime_ids import Ids
from gateway.protocols.realtime_marks import write_marks
from gateway.protocols.session_config import modalities, shown_format

ReplyNotice = (
    ReplyText | ReplyMarks | ReplyAudio | CallNotice | ReplyFinished | ReplyPaused | ReplyResumed
)


class ReplyWriter:
    """Opens the reply's item with its first text, so that a reply without any has no item."""

    def __init__(self, ids: Ids, started: ReplyStarted, output_format: SoundFormat) -> None:
        self._ids = ids
        self._started = started
        self._output_format = output_format
        self._response = ids.response(started.reply)
        self._item = ids.item(started.item)
        self._previous = ids.previous(started.previous)
        self._is_spoken = started.options.is_spoken
        self._calls = CallsWriter(ids, self._response, is_aside=started.is_aside)
        self._is_open = False
        self._is_cleared = False
        self._text = ""

    def start(self) -> list[server.ServerMessage]:
        """The reply is on its way."""
        return [server.ResponseCreated(response=self._shown("in_progress"))]

    def write(self, notice: ReplyNotice) -> list[server.ServerMessage]:
        """More of the reply, or its end."""
        match notice:
            case ReplyText():
                opening = self._open()
                self._text += notice.delta
                return [*opening, self._delta(notice.delta)]
            case ReplyMarks():
                return [*self._open(), write_marks(notice, self._response, self._item)]
            case ReplyAudio():
                return self._open()
            case ReplyFinished():
                return self._finish(notice)
            case ReplyPaused() | ReplyResumed():
                return [self._held(notice)]
            case CallStarted() | CallArguments() | CallEnded():
                return self._calls.write(notice)
            case _:
                assert_never(notice)

    def clear(self, item: int) -> list[server.ServerMessage]:
        """The client drops what it holds of the sound, once, if that is the reply's item."""
        if item != self._started.item or not self._is_spoken or self._is_cleared:
            return []
        self._is_cleared = True
        return [server.OutputCleared(response_id=self._response)]

    def sound(self, pcm16: bytes) -> list[server.ServerMessage]:
        """More of its sound."""
        delta = base64.b64encode(pcm16).decode()
        return [server.AudioDelta(response_id=self._response, item_id=self._item, delta=delta)]

    def _held(self, notice: ReplyPaused | ReplyResumed) -> server.ServerMessage:
        kind = server.OutputPaused if isinstance(notice, ReplyPaused) else server.OutputResumed
        response = self._response if notice.item == self._started.item else None
        return kind(response_id=response, item_id=self._ids.item(notice.item))

    def _delta(self, text: str) -> server.ServerMessage:
        kind = server.SpokenDelta if self._is_spoken else server.TextDelta
        return kind(response_id=self._response, item_id=self._item, delta=text)

    def _open(self) -> list[server.ServerMessage]:
        if self._is_open:
            return []
        self._is_open = True
        item = self._shown_item("in_progress")
        entered = server.ItemAdded(previous_item_id=self._previous, item=item)
        return [
            server.OutputItemAdded(response_id=self._response, item=item),
            *(() if self._started.is_aside else (entered,)),
            server.PartAdded(response_id=self._response, item_id=self._item, part=self._part("")),
        ]

    def _finish(self, finished: ReplyFinished) -> list[server.ServerMessage]:
        is_cut_off = finished.status == "cancelled"
        return [
            *(self.clear(self._started.item) if is_cut_off else ()),
            *self._close(finished),
            server.ResponseDone(response=self._result(finished)),
        ]

    def _close(self, finished: ReplyFinished) -> list[server.ServerMessage]:
        if not self._is_open:
            return []
        item = self._kept_item(finished)
        part = self._part(self._text)
        kept = server.ItemDone(previous_item_id=self._previous, item=item)
        return [
            *self._content_done(),
            server.PartDone(response_id=self._response, item_id=self._item, part=part),
            server.OutputItemDone(response_id=self._response, item=item),
            *(() if self._started.is_aside else (kept,)),
        ]

    def _content_done(self) -> list[server.ServerMessage]:
        response, item, text = self._response, self._item, self._text
        if not self._is_spoken:
            return [server.TextDone(response_id=response, item_id=item, text=text)]
        return [
            server.AudioDone(response_id=response, item_id=item),
            server.SpokenDone(response_id=response, item_id=item, transcript=text),
        ]

    def _part(self, text: str) -> objects.Part:
        if self._is_spoken:
            return objects.Part(type="audio", transcript=text)
        return objects.Part(type="text", text=text)

    def _content(self, text: str) -> objects.Content:
        if self._is_spoken:
            return objects.Content(type="output_audio", transcript=text)
        return objects.Content(type="output_text", text=text)

    def _kept_item(self, finished: ReplyFinished) -> objects.Item:
        """The item as the conversation keeps it: of a reply that was cut off, what was heard."""
        status = "completed" if finished.status == "completed" else "incomplete"
        return self._shown_item(status, self._content(finished.text))

    def _shown_item(self, status: str, *content: objects.Content) -> objects.Item:
        return objects.Item(id=self._item, status=status, role="assistant", content=content)

    def _shown(self, status: str) -> objects.Response:
        options = self._started.options
        sound = objects.AudioOutput(format=shown_format(self._output_format), voice=options.voice)
        return objects.Response(
            id=self._response,
            status=status,
            output_modalities=modalities(options),
            max_output_tokens=options.max_output_tokens or "inf",
            audio=objects.Audio(output=sound),
            conversation_id=None if self._started.is_aside else self._ids.conversation,
            metadata=self._started.metadata,
        )

    def _result(self, finished: ReplyFinished) -> objects.Response:
        return msgspec.structs.replace(
            self._shown(finished.status),
            status_details=_details(finished),
            output=(*((self._kept_item(finished),) if self._is_open else ()), *self._calls.items),
            usage=_usage(finished),
            latency=finished.latency,
        )


def _details(finished: ReplyFinished) -> objects.StatusDetails | None:
    match finished.status:
        case "completed":
            return None
        case "failed":
            cause = objects.Cause(
                type="server_error", code=finished.reason, message=finished.detail
            )
            return objects.StatusDetails(type="failed", error=cause)
        case "cancelled" | "incomplete":
            return objects.StatusDetails(type=finished.status, reason=finished.reason)
        case _:
            assert_never(finished.status)


def _usage(finished: ReplyFinished) -> objects.Usage:
    usage = finished.usage
    return objects.Usage(
        total_tokens=usage.input_tokens + usage.output_tokens,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        input_token_details=objects.InputTokens(
            text_tokens=usage.input_tokens,
            cached_tokens=usage.cached_tokens,
            cached_tokens_details=objects.KindsOfTokens(text_tokens=usage.cached_tokens),
        ),
        output_token_details=objects.KindsOfTokens(text_tokens=usage.output_tokens),
    )
