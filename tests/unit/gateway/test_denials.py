"""What those are told who are not let in."""

import msgspec
import pytest

from gateway import denials
from gateway.denials import Denial


@pytest.mark.parametrize(
    ("denial", "kind", "headers"),
    [
        pytest.param(
            denials.NO_KEY, "invalid_request_error", {"WWW-Authenticate": "Bearer"}, id="no key"
        ),
        pytest.param(denials.foreign_page("http://x"), "invalid_request_error", {}, id="page"),
        pytest.param(
            denials.too_many_sessions("key", 3), "rate_limit_error", {"Retry-After": "5"}, id="many"
        ),
        pytest.param(denials.too_fast(2.2), "rate_limit_error", {"Retry-After": "3"}, id="fast"),
        pytest.param(denials.too_fast(0.01), "rate_limit_error", {"Retry-After": "1"}, id="soon"),
        pytest.param(denials.full(200), "server_error", {"Retry-After": "5"}, id="full"),
    ],
)
def test_all_are_told_in_one_shape(denial: Denial, kind: str, headers: dict[str, str]) -> None:
    assert denial.headers() == headers
    error = msgspec.json.decode(denial.body())["error"]
    expected = {"message": denial.message, "type": kind, "code": denial.code, "param": None}
    assert error == expected


def test_an_origin_that_is_no_text_can_be_told() -> None:
    denial = denials.foreign_page(b"http://\xff.example".decode(errors="surrogateescape"))
    assert "http://?.example" in msgspec.json.decode(denial.body())["error"]["message"]


def test_what_was_wrong_is_named_by_its_path() -> None:
    no = Denial(status=400, code="invalid_value", message="no", outcome="request", param="session")
    assert msgspec.json.decode(no.body())["error"]["param"] == "session"
