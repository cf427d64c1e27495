"""What all sessions of a process use together."""

from typing import NamedTuple

from gateway.endpointing_settings import EndpointingSettings
from gateway.load import Load
from gateway.second_opinion import SecondOpinion
from gateway.settings import GatewaySettings
from gateway.tool_port import NoTools, ToolRunner
from gateway.voice_activity import VoiceActivity
from shared.bus import Bus


class Tools(NamedTuple):
    """Its tools: not those that language models call."""

    bus: Bus
    settings: GatewaySettings
    endpointing: EndpointingSettings
    voices: VoiceActivity
    load: Load
    second_opinion: SecondOpinion
    tool_runner: ToolRunner = NoTools()
