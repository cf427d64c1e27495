"""The engines that turn text into speech, by name."""

ENGINES = {
    "espeak": "tts_service.engines.espeak:Espeak",
    "flite": "tts_service.engines.flite:Flite",
    "tone": "tts_service.engines.tone:Tone",
}
