"""Starts the tts service."""

import sys

from shared.service import serve
from shared.streams import SENTENCES
from tts_service.engine import offer
from tts_service.engines import ENGINES
from tts_service.handler import TtsHandler
from tts_service.settings import Settings


def main() -> int:
    """Serve until told to stop; the exit status."""
    return serve(
        stream=SENTENCES,
        engines=ENGINES,
        settings=Settings,
        handler=TtsHandler,
        offer=offer,
    )


if __name__ == "__main__":
    sys.exit(main())
