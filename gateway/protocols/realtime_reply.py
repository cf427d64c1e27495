"""One reply in the words of the Realtime protocol: all messages in order, with full ids."""

import base64
from typing import assert_never

from gateway.events import ReplyAudio, ReplyFinished, ReplyStarted, ReplyText
from gateway.protocols import realtime_server as server
from gateway.protocols.session_config import modalities


class Ids:
    """Ids that clients see, made of the session's id and numbers."""

    def __init__(self, session: str) -> None:
        self._session = session
        self.session = f"sess_{session}"
        self.conversation = f"conv_{session}"

    def event(self, number: int) -> str:
        """Id of a message."""
        return f"event_{self._session}_{number}"

    def item(self, number: int) -> str:
        """Id of an item."""
        return f"item_{self._session}_{number}"

    def previous(self, number: int | None) -> str | None:
        """Id of the item before, if there is one."""
        return None if number is None else self.item(number)

    def response(self, number: int) -> str:
        """Id of a reply."""
        return f"resp_{self._session}_{number}"


class ReplyWriter:
    """Opens the reply's item with its first text, so that a reply without any has no item."""

    def __init__(self, ids: Ids, started: ReplyStarted) -> None:
        self._started = started
        self._conversation = ids.conversation
        self._response = ids.response(started.reply)
        self._item = ids.item(started.item)
        self._previous = ids.previous(started.previous)
        self._is_spoken = started.options.is_spoken
        self._is_open = False
        self._text = ""

    def start(self) -> list[server.ServerMessage]:
        """The reply is on its way."""
        return [server.ResponseCreated(response=self._shown("in_progress"))]

    def write(self, notice: ReplyText | ReplyAudio | ReplyFinished) -> list[server.ServerMessage]:
        """More of the reply, or its end."""
        match notice:
            case ReplyText():
                opening = self._open()
                self._text += notice.delta
                return [*opening, self._delta(notice.delta)]
            case ReplyAudio():
                return self._open()
            case ReplyFinished():
                return [*self._close(notice), server.ResponseDone(response=self._result(notice))]
            case _:
                assert_never(notice)

    def sound(self, pcm16: bytes) -> list[server.ServerMessage]:
        """More of its sound."""
        delta = base64.b64encode(pcm16).decode()
        return [server.AudioDelta(response_id=self._response, item_id=self._item, delta=delta)]

    def _delta(self, text: str) -> server.ServerMessage:
        kind = server.SpokenDelta if self._is_spoken else server.TextDelta
        return kind(response_id=self._response, item_id=self._item, delta=text)

    def _open(self) -> list[server.ServerMessage]:
        if self._is_open:
            return []
        self._is_open = True
        item = self._shown_item("in_progress", is_empty=True)
        return [
            server.OutputItemAdded(response_id=self._response, item=item),
            server.ItemAdded(previous_item_id=self._previous, item=item),
            server.PartAdded(
                response_id=self._response, item_id=self._item, part=self._content("")
            ),
        ]

    def _close(self, finished: ReplyFinished) -> list[server.ServerMessage]:
        if not self._is_open:
            return []
        item = self._shown_item(_item_status(finished))
        part = self._content(self._text)
        return [
            *self._content_done(),
            server.PartDone(response_id=self._response, item_id=self._item, part=part),
            server.OutputItemDone(response_id=self._response, item=item),
            server.ItemDone(previous_item_id=self._previous, item=item),
        ]

    def _content_done(self) -> list[server.ServerMessage]:
        response, item, text = self._response, self._item, self._text
        if not self._is_spoken:
            return [server.TextDone(response_id=response, item_id=item, text=text)]
        return [
            server.AudioDone(response_id=response, item_id=item),
            server.SpokenDone(response_id=response, item_id=item, transcript=text),
        ]

    def _content(self, text: str) -> server.Content:
        if self._is_spoken:
            return server.Content(type="output_audio", transcript=text)
        return server.Content(type="output_text", text=text)

    def _shown_item(self, status: str, *, is_empty: bool = False) -> server.Item:
        content = () if is_empty else (self._content(self._text),)
        return server.Item(id=self._item, status=status, role="assistant", content=content)

    def _shown(self, status: str) -> server.Response:
        options = self._started.options
        return server.Response(
            id=self._response,
            status=status,
            output_modalities=modalities(options),
            max_output_tokens=options.max_output_tokens or "inf",
            conversation_id=self._conversation,
        )

    def _result(self, finished: ReplyFinished) -> server.Response:
        shown = self._shown(finished.status)
        output = (self._shown_item(_item_status(finished)),) if self._is_open else ()
        return server.Response(
            id=shown.id,
            status=shown.status,
            status_details=_details(finished),
            output=output,
            output_modalities=shown.output_modalities,
            max_output_tokens=shown.max_output_tokens,
            conversation_id=shown.conversation_id,
            usage=_usage(finished),
            latency=finished.latency,
        )


def _item_status(finished: ReplyFinished) -> str:
    return "completed" if finished.status == "completed" else "incomplete"


def _details(finished: ReplyFinished) -> server.StatusDetails | None:
    match finished.status:
        case "completed":
            return None
        case "failed":
            cause = server.Cause(type="server_error", code=finished.reason, message=finished.detail)
            return server.StatusDetails(type="failed", reason=finished.reason, error=cause)
        case "cancelled" | "incomplete":
            return server.StatusDetails(type=finished.status, reason=finished.reason)
        case _:
            assert_never(finished.status)


def _usage(finished: ReplyFinished) -> server.Usage:
    usage = finished.usage
    return server.Usage(
        total_tokens=usage.input_tokens + usage.output_tokens,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        input_token_details=server.CachedTokens(cached_tokens=usage.cached_tokens),
    )
