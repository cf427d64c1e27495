"""Starts a language model worker: `python -m llm_service`."""

import sys

from llm_service.engine import offer
from llm_service.engines import ENGINES
from llm_service.handler import LlmHandler
from llm_service.settings import LlmSettings
from shared.service import serve
from shared.streams import TURNS


def main() -> int:
    """Run until told to stop; returns the exit status."""
    return serve(
        stream=TURNS,
        engines=ENGINES,
        settings=LlmSettings,
        handler=LlmHandler,
        offer=offer,
    )


if __name__ == "__main__":
    sys.exit(main())
