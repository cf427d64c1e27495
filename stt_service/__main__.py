"""Starts a speech-to-text worker: `python -m stt_service`."""

import sys

from shared.service import serve
from shared.streams import UTTERANCES
from stt_service.engine import offer
from stt_service.engines import ENGINES
from stt_service.handler import SttHandler
from stt_service.settings import SttSettings


def main() -> int:
    """Run until told to stop; returns the exit status."""
    return serve(
        stream=UTTERANCES,
        engines=ENGINES,
        settings=SttSettings,
        handler=SttHandler,
        offer=offer,
    )


if __name__ == "__main__":
    sys.exit(main())
