"""`voicechat doctor`: what works here, and the command that mends the rest."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from client import checks
from client.checks import Finding, Health

_SIGNS: dict[Health, str] = {"ok": "ok", "optional": "-", "fault": "FAULT"}


async def examine(environment: Mapping[str, str]) -> int:
    """Look at everything, print what was found; returns 1 if something needed is broken."""
    findings: list[Finding] = []
    async with aclosing(_findings(environment)) as found:
        async for finding in found:
            print(line(finding), flush=True)
            findings.append(finding)
    print(f"\n{summary(findings)}")
    return 1 if any(finding.health == "fault" for finding in findings) else 0


async def _findings(environment: Mapping[str, str]) -> AsyncGenerator[Finding, None]:
    yield checks.python(checks.running_python())
    yield checks.settings(environment)
    yield checks.opus()
    yield checks.voice_detection()
    for stage in checks.STAGES:
        for finding in checks.engines(stage, environment):
            yield finding
    yield await checks.redis(environment)
    yield await checks.port(environment)
    yield checks.sound_card()


def line(finding: Finding) -> str:
    """A finding for people; what mends it stands below."""
    text = f"{_SIGNS[finding.health]:<6}{finding.subject:<22}{finding.detail}"
    return f"{text}\n      → {finding.mend}" if finding.mend else text


def summary(findings: Sequence[Finding]) -> str:
    """The whole in a sentence."""
    faults = sum(finding.health == "fault" for finding in findings)
    if not faults:
        return "Everything that is needed works here: 'voicechat up' starts it."
    return f"{faults} of {len(findings)} need mending: see the lines marked {_SIGNS['fault']}."
