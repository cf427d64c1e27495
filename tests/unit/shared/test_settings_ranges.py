"""A number that no service can work with is refused at the start, by its variable's name."""

import pytest

from llm_service.engines.scripted import ScriptedSettings
from llm_service.settings import LlmSettings
from shared.errors import SettingsError
from shared.settings import Environment, Settings, variable
from shared.telemetry import TelemetrySettings
from stt_service.settings import SttSettings
from tts_service.engines.tone import ToneSettings
from tts_service.settings import Settings as TtsSettings

NONSENSE: list[tuple[type[Settings], str, str, str]] = [
    (TelemetrySettings, "TELEMETRY", "port", "-1"),
    (TelemetrySettings, "TELEMETRY", "port", "65536"),
    (SttSettings, "STT", "longest_utterance_s", "0"),
    (SttSettings, "STT", "speech_threshold", "1.5"),
    (LlmSettings, "LLM", "max_output_tokens", "-5"),
    (LlmSettings, "LLM", "max_output_tokens", "0"),
    (LlmSettings, "LLM", "max_output_characters", "0"),
    (LlmSettings, "LLM", "temperature", "-0.1"),
    (LlmSettings, "LLM", "prompt_bytes", "-1"),
    (LlmSettings, "LLM", "longest_sentence", "0"),
    (ScriptedSettings, "LLM_SCRIPTED", "concurrency", "0"),
    (TtsSettings, "TTS", "sentence_pause_s", "-1"),
    (ToneSettings, "TTS_TONE", "piece_s", "0"),
    (ToneSettings, "TTS_TONE", "delay_s", "inf"),
]


@pytest.mark.parametrize(("settings", "group", "field", "text"), NONSENSE)
def test_a_number_out_of_its_range_is_refused_by_name(
    settings: type[Settings], group: str, field: str, text: str
) -> None:
    name = variable(group, field)
    with pytest.raises(SettingsError, match=f"{name}='{text}' does not fit"):
        Environment({name: text}).read(settings, group)
