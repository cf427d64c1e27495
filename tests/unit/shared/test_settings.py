"""From text to typed settings; what is wrong is named."""

from typing import Annotated, Literal

import msgspec
import pytest

from shared.errors import SettingsError
from shared.settings import Environment, Settings, variable


class Sample(Settings, frozen=True, kw_only=True):
    """One field of each type that settings have."""

    name: str = "default"
    count: int = 1
    rate: float = 0.5
    limit: Annotated[int, msgspec.Meta(ge=1)] = 1
    is_on: bool = False
    kind: Literal["a", "b"] = "a"
    origins: tuple[str, ...] = ()
    maybe: float | None = None


class Needy(Settings, frozen=True, kw_only=True):
    """A field without default."""

    key: str


def read(**variables: str) -> Sample:
    environment = {f"VOICECHAT_SAMPLE_{name}": text for name, text in variables.items()}
    return Environment(environment).read(Sample, "SAMPLE")


def test_what_is_not_set_has_its_default() -> None:
    assert read() == Sample()


GOOD = {
    "text": ({"NAME": "some text"}, Sample(name="some text")),
    "text like a number": ({"NAME": "12"}, Sample(name="12")),
    "empty text": ({"NAME": ""}, Sample(name="")),
    "whole number": ({"COUNT": "-3"}, Sample(count=-3)),
    "fraction": ({"RATE": "0.25"}, Sample(rate=0.25)),
    "fraction without a nought": ({"RATE": ".25"}, Sample(rate=0.25)),
    "whole number for a fraction": ({"RATE": "2"}, Sample(rate=2.0)),
    "optional fraction": ({"MAYBE": ".5"}, Sample(maybe=0.5)),
    "yes": ({"IS_ON": "yes"}, Sample(is_on=True)),
    "On": ({"IS_ON": "On"}, Sample(is_on=True)),
    "1": ({"IS_ON": "1"}, Sample(is_on=True)),
    "no": ({"IS_ON": "no"}, Sample(is_on=False)),
    "choice": ({"KIND": "b"}, Sample(kind="b")),
    "list": ({"ORIGINS": "https://a, https://b"}, Sample(origins=("https://a", "https://b"))),
    "empty list": ({"ORIGINS": " , "}, Sample(origins=())),
}


@pytest.mark.parametrize(("variables", "expected"), GOOD.values(), ids=GOOD)
def test_text_becomes_what_it_means(variables: dict[str, str], expected: Sample) -> None:
    assert read(**variables) == expected


BAD = {
    "words for a number": ("COUNT", "three"),
    "fraction for a whole number": ("COUNT", "1.5"),
    "words for a fraction": ("RATE", "fast"),
    "out of range": ("LIMIT", "0"),
    "no number": ("RATE", "nan"),
    "no end": ("RATE", "inf"),
    "neither yes nor no": ("IS_ON", "perhaps"),
    "no such choice": ("KIND", "c"),
}


@pytest.mark.parametrize(("name", "text"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_named_with_its_value(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"VOICECHAT_SAMPLE_{name}='{text}'"):
        read(**{name: text})


def test_what_has_no_default_must_be_set() -> None:
    with pytest.raises(SettingsError, match="VOICECHAT_NEEDY_KEY is not set"):
        Environment({}).read(Needy, "NEEDY")
    assert Environment({"VOICECHAT_NEEDY_KEY": "k"}).read(Needy, "NEEDY") == Needy(key="k")


def check(environment: dict[str, str], *others: str) -> None:
    variables = Environment(environment)
    variables.read(Sample, "SAMPLE")
    variables.leave(others)
    variables.check()


def test_an_unknown_variable_is_named_with_the_nearest_known_one() -> None:
    with pytest.raises(
        SettingsError, match=r"SAMPLE_COUMT is.*did you mean VOICECHAT_SAMPLE_COUNT"
    ):
        check({"VOICECHAT_SAMPLE_COUMT": "1"})


def test_a_variable_like_no_other_is_referred_to_the_documentation() -> None:
    with pytest.raises(SettingsError, match=r"docs/configuration\.md"):
        check({"VOICECHAT_QQQQQQQQQQQQQQQQQQQQQQQQQQ": "1"})


def test_variables_of_others_are_passed_over() -> None:
    check({"VOICECHAT_TTS_ENGINE": "tone", "PATH": "/bin", "VOICECHAT_SAMPLE_COUNT": "1"}, "TTS")


def test_a_group_is_not_left_because_its_name_begins_alike() -> None:
    with pytest.raises(SettingsError, match="VOICECHAT_TTSX_ENGINE"):
        check({"VOICECHAT_TTSX_ENGINE": "tone"}, "TTS")


def test_a_variable_is_of_the_longest_group_that_it_begins_with() -> None:
    check({"VOICECHAT_SAMPLE_OTHER_SIZE": "1"}, "SAMPLE_OTHER")
    with pytest.raises(SettingsError, match="VOICECHAT_SAMPLE_OTHER_SIZE"):
        check({"VOICECHAT_SAMPLE_OTHER_SIZE": "1"}, "SAM")


def test_a_group_that_cannot_be_read_to_its_end_is_passed_over() -> None:
    check({"VOICECHAT_SAMPLE_OTHER_SIZE": "1"}, "SAMPLE")


def test_a_variable_is_named_after_group_and_field() -> None:
    assert variable("stt_moonshine", "model_path") == "VOICECHAT_STT_MOONSHINE_MODEL_PATH"
