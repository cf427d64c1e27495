"""The `voicechat` command: its words, and what each of them does."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec

from client.access import Access
from client.settings import ClientSettings
from shared.addresses import reachable
from shared.errors import VoiceChatError
from shared.process import USER_ERROR
from shared.settings import GROUPS, Environment, variable

Command = Callable[[argparse.Namespace], Coroutine[None, None, int]]
_INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Do what the command line says; returns the exit status. Errors are one line."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        return asyncio.run(command(options))
    except VoiceChatError as error:
        print(f"error: {error}", file=sys.stderr)
        return USER_ERROR
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USER_ERROR
    except KeyboardInterrupt:
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voicechat", description="A fast, fully local AI voice chat."
    )
    parser.add_argument("--version", action="version", version=f"voicechat {version('voicechat')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_up(commands.add_parser("up", help="start everything on this machine"))
    _add_ask(commands.add_parser("ask", help="put a question to a running system"))
    _add_talk(commands.add_parser("talk", help="talk to it by microphone and loudspeaker"))
    _add_doctor(commands.add_parser("doctor", help="say what works here, and what mends the rest"))
    return parser


def _add_up(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Starts Redis (its own, unless the environment names one), the gateway and the workers, "
        "and waits until they are ready. docs/configuration.md lists all settings."
    )
    parser.add_argument(
        "--tls",
        action="store_true",
        help="speak TLS, by a certificate that is made for this machine unless "
        f"{variable('GATEWAY', 'tls_certificate')} names one",
    )
    parser.set_defaults(command=_up)


def _add_ask(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Speaks sound files to a running system, or puts a typed question; prints what was heard, "
        "the reply as it comes, and where the time went. Several questions are one conversation."
    )
    parser.add_argument("sounds", nargs="*", type=Path, metavar="SOUND", help="a sound file")
    parser.add_argument("--text", action="append", default=[], help="a typed question")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the spoken answers there (.wav, .opus)"
    )
    parser.add_argument(
        "--fast", action="store_true", help="send the sound as fast as it goes, not in real time"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per turn")
    _add_connection(parser)
    parser.set_defaults(command=_ask)


def _add_talk(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Just talk: the system hears when you have finished, and falls silent when you speak over "
        "it. Enter silences it too, Ctrl-C ends. Use headphones if it interrupts itself."
    )
    parser.add_argument(
        "--push-to-talk",
        action="store_true",
        help="Enter begins to listen, Enter again sends, Enter while it answers interrupts",
    )
    _add_connection(parser)
    parser.set_defaults(command=_talk)


def _add_connection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        default="",
        help=f"WebSocket URL of the gateway; else {variable('CLIENT', 'url')}, else where "
        f"{variable('GATEWAY', 'host')} and {variable('GATEWAY', 'port')} say",
    )
    parser.add_argument(
        "--key",
        default="",
        help="key that the gateway wants; others here may see it in the list of processes, but "
        f"not {variable('CLIENT', 'key')}",
    )
    parser.add_argument(
        "--ca", default="", metavar="FILE", help="certificate to trust, or its authority's (PEM)"
    )
    parser.add_argument("--voice", default="", help="the voice that answers")
    parser.add_argument("--instructions", default="", help="how to answer: the system prompt")


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.description = "Looks at all that the system needs; says how each fault is mended."
    parser.set_defaults(command=_doctor)


# Imports below are late, so that one command needs nothing of the others.


async def _up(options: argparse.Namespace) -> int:
    from deploy.local import up

    return await up(os.environ, is_tls=options.tls)


async def _ask(options: argparse.Namespace) -> int:
    from client.asking import Asking, ask_all

    if not options.sounds and not options.text:
        raise VoiceChatError("nothing to ask: name a sound file, or use --text")
    settings = _settings(options)
    return await ask_all(
        Asking(
            url=settings.url,
            access=_access(settings),
            answer_timeout_s=settings.answer_timeout_s,
            sounds=tuple(options.sounds),
            texts=tuple(options.text),
            out=options.out,
            is_fast=options.fast,
            is_json=options.json,
            voice=options.voice,
            instructions=options.instructions,
        )
    )


async def _talk(options: argparse.Namespace) -> int:
    from client.connection import HANDS_FREE, connect
    from client.push_to_talk import push_to_talk
    from client.sound_card import open_sound_card
    from client.talk import talk
    from client.terminal import enter_key

    card, settings = open_sound_card(), _settings(options)
    is_pushed: bool = options.push_to_talk
    async with connect(
        settings.url,
        access=_access(settings),
        instructions=options.instructions,
        voice=options.voice,
        turn_detection=None if is_pushed else HANDS_FREE,
        answer_timeout_s=settings.answer_timeout_s if is_pushed else None,
    ) as connection:
        with enter_key() as presses:
            return await (push_to_talk if is_pushed else talk)(connection, card, presses)


async def _doctor(options: argparse.Namespace) -> int:
    from client.doctor import examine

    return await examine(os.environ)


def _settings(options: argparse.Namespace) -> ClientSettings:
    """The command line goes before the environment."""
    chosen = {"url": options.url, "key": options.key, "ca": options.ca}
    said = {variable("CLIENT", name): value for name, value in chosen.items() if value}
    environment = Environment({**os.environ, **said})
    settings = environment.read(ClientSettings, "CLIENT")
    if not settings.url:
        settings = msgspec.structs.replace(settings, url=_url_here(environment))
    environment.leave([*(group for group in GROUPS if group != "CLIENT"), "REDIS", "LOG"])
    environment.check()
    return settings


def _access(settings: ClientSettings) -> Access:
    return Access(key=settings.key, ca=settings.ca)


def _url_here(environment: Environment) -> str:
    """Where a gateway with the same environment listens on this machine."""
    from gateway.settings import GatewaySettings

    gateway = environment.read(GatewaySettings, "GATEWAY")
    scheme = "wss" if gateway.tls_certificate else "ws"
    return f"{scheme}://{reachable(gateway.host)}:{gateway.port}/v1/realtime"
