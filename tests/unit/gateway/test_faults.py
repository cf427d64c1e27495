"""Errors as a client of plain HTTP is told them."""

import msgspec
import pytest

from gateway.endpoints.chat_request import ChatRequest
from gateway.endpoints.faults import (
    Fault,
    fault_of,
    fault_of_json,
    fault_of_work,
)
from gateway.uploads import SoundTooLong
from shared.errors import AudioError, BrokerError, EngineError, QueueFull, VoiceChatError
from shared.messages import WorkFailed


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (QueueFull("busy"), 503, "queue_full"),
        (BrokerError("away"), 503, "broker_unreachable"),
        (SoundTooLong("long"), 413, "audio_too_long"),
        (AudioError("noise"), 400, "bad_audio"),
        (EngineError("ill"), 500, "server_error"),
        (Fault(404, "gone", code="model_not_found"), 404, "model_not_found"),
    ],
)
def test_each_error_has_its_status(error: VoiceChatError, status: int, code: str) -> None:
    fault = fault_of(error)
    assert (fault.status, fault.code, fault.message) == (status, code, str(error))


@pytest.mark.parametrize(
    ("code", "status"),
    [("bad_audio", 400), ("expired", 504), ("engine_failed", 500), ("gave_up", 500)],
)
def test_failed_work_has_the_status_of_its_code(code: str, status: int) -> None:
    failed = WorkFailed(session="s", turn=1, stage="llm", code=code, detail="why")
    fault = fault_of_work(failed)
    assert (fault.status, fault.code, fault.message) == (status, code, "why")


def test_an_error_has_the_shape_of_openais() -> None:
    fault = Fault(400, "no such voice", code="unknown_voice", param="voice")
    told = {"message": "no such voice", "type": "invalid_request_error"}
    told |= {"code": "unknown_voice", "param": "voice"}
    assert msgspec.to_builtins(fault.body()) == {"error": told}


def test_a_fault_of_ours_is_a_server_error_without_a_param() -> None:
    told = Fault(503, "busy", code="queue_full").body().error
    assert (told.type, told.param) == ("server_error", None)


def fault(body: bytes) -> Fault:
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.json.decode(body, type=ChatRequest)
    return fault_of_json(caught.value)


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b"{", "invalid_json", ""),
        (b"[]", "invalid_value", ""),
        (b"{}", "invalid_value", "messages"),
        (b'{"messages": 1}', "invalid_value", "messages"),
        (b'{"messages": [{}]}', "invalid_value", "messages[0].role"),
        (b'{"messages": [{"role": 1}]}', "invalid_value", "messages[0].role"),
    ],
)
def test_wrong_json_is_told_with_its_place(body: bytes, code: str, param: str) -> None:
    found = fault(body)
    assert (found.status, found.code, found.param) == (400, code, param)


def test_an_error_does_not_give_a_long_value_back() -> None:
    role = "x" * 100_000
    error = msgspec.ValidationError(f"Invalid enum value {role!r} - at `$.messages[0].role`")
    found = fault_of_json(error)
    assert len(found.message) < 400
    assert found.param == "messages[0].role"
