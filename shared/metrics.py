"""The metrics that all services share. Labels are stage and outcome, never a session."""

from typing import NamedTuple

from prometheus_client import Counter, Gauge, Histogram

from shared.messages import Stage

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 2, 5, 10, 30)
"""From one stream hop to a reply that takes for ever."""

_JOBS = Counter("voicechat_jobs_total", "Jobs that ended.", ["stage", "outcome"])
_QUEUED = Histogram(
    "voicechat_job_queued_seconds", "Publication to taking of a job.", ["stage"], buckets=BUCKETS_S
)
_FIRST = Histogram(
    "voicechat_job_first_result_seconds",
    "Taking of a job to its first result.",
    ["stage"],
    buckets=BUCKETS_S,
)
_WORKED = Histogram(
    "voicechat_job_worked_seconds",
    "Taking of a job to its end; of all outcomes but done it is work in vain.",
    ["stage", "outcome"],
    buckets=BUCKETS_S,
)
_ADOPTED = Counter(
    "voicechat_jobs_adopted_total", "Jobs taken over from a worker that went silent.", ["stage"]
)
_WAITING = Gauge("voicechat_jobs_waiting", "Jobs in the stream, in work or not.", ["stage"])


class StageMetrics(NamedTuple):
    """What the worker loop tells about its jobs."""

    stage: Stage

    def published(self, position: int, worked_s: float) -> None:
        """A result went out, after so many others."""
        if position == 0:
            _FIRST.labels(self.stage).observe(worked_s)

    def ended(self, outcome: str, queued_s: float, worked_s: float) -> None:
        """A job ended."""
        _JOBS.labels(self.stage, outcome).inc()
        _QUEUED.labels(self.stage).observe(queued_s)
        _WORKED.labels(self.stage, outcome).observe(worked_s)

    def adopted(self) -> None:
        """A job was taken over."""
        _ADOPTED.labels(self.stage).inc()

    def waiting(self, jobs: int) -> None:
        """So many jobs are in the stream."""
        _WAITING.labels(self.stage).set(jobs)
