"""The engine that does not listen."""

import numpy as np

from shared.settings import Environment
from stt_service.engine import Recognition, Speech
from stt_service.engines.scripted import Scripted, ScriptedSettings

SPEECH = Speech(pcm=np.zeros(160, np.float32))


async def test_texts_are_heard_in_turn_over_and_over() -> None:
    engine = Scripted(ScriptedSettings(text="One, two.|Three."))
    heard = [(await engine.transcribe(SPEECH)).text for _ in range(3)]
    assert heard == ["One, two.", "Three.", "One, two."]


async def test_it_is_set_up_from_the_environment() -> None:
    variables = {"VOICECHAT_STT_SCRIPTED_TEXT": "Bonjour.", "VOICECHAT_STT_SCRIPTED_LANGUAGE": "fr"}
    settings = Environment(variables).read(ScriptedSettings, "STT_SCRIPTED")
    assert await Scripted(settings).transcribe(SPEECH) == Recognition(
        text="Bonjour.", language="fr"
    )


async def test_languages_go_with_the_texts() -> None:
    engine = Scripted(ScriptedSettings(text="はい。|Yes.", language="ja|en"))
    heard = [await engine.transcribe(SPEECH) for _ in range(3)]
    told = [(recognition.text, recognition.language) for recognition in heard]
    assert told == [("はい。", "ja"), ("Yes.", "en"), ("はい。", "ja")]
