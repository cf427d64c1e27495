"""Our exceptions, drawn as a tree.

VoiceChatError
├── SettingsError          a variable is unknown, missing or malformed
├── EngineError            an engine failed at its work
│   └── EngineUnavailable  an engine cannot run here: library missing, unknown name
├── ModelError             a model file is missing, truncated or of the wrong kind
├── AudioError             bytes that are not the audio they should be
├── BrokerError            Redis cannot be reached or refuses us
│   └── QueueFull          a stage has as much waiting as it may have
└── LeaseLost              another worker has taken over the message
"""


class VoiceChatError(Exception):
    """Anything we raise on purpose; its text says what was wrong and what to do."""


class SettingsError(VoiceChatError):
    """A variable is unknown, missing or malformed."""


class EngineError(VoiceChatError):
    """An engine failed at its work."""


class EngineUnavailable(EngineError):
    """An engine cannot run here: its library is missing or its name is unknown."""


class ModelError(VoiceChatError):
    """A model file is missing, truncated or of the wrong kind."""


class AudioError(VoiceChatError):
    """Bytes that are not the audio they should be."""


class BrokerError(VoiceChatError):
    """Redis cannot be reached or refuses us."""


class QueueFull(BrokerError):
    """A stage has as much work waiting as it may have."""


class LeaseLost(VoiceChatError):
    """Another worker has taken over the message; whatever we still make of it is void."""
