"""Speech-to-text engines by name, each imported only when chosen."""

ENGINES = {
    "moonshine": "stt_service.engines.moonshine:Moonshine",
    "scripted": "stt_service.engines.scripted:Scripted",
}
