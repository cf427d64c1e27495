"""Runs the `voicechat` command: `python -m client`."""

import sys

from client.commands import run


def main() -> int:
    """Do what the command line says; returns the exit status."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
