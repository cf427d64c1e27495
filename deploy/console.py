"""What the person who started the system sees."""

import time


class Console:
    """Steps with the seconds since the start; then the logs of all processes, one line each."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._shows_logs = False

    def step(self, text: str) -> None:
        """Something was begun or done."""
        print(f"{time.monotonic() - self._started:6.1f} s  {text}", flush=True)

    def ready(self, url: str) -> None:
        """All are ready: say where, and what to try."""
        self.step(f"ready at {url}")
        socket_url = f"ws{url.removeprefix('http')}/v1/realtime"
        print(
            f"\n  Talk in the browser:  {url}\n"
            f'  Ask in another shell: voicechat ask --text "What is the capital of France?"'
            f" --url {socket_url}\n"
            f"                        voicechat ask question.wav --out answer.wav"
            f" --url {socket_url}\n"
            "  Stop everything:      Ctrl-C\n",
            flush=True,
        )
        self._shows_logs = True

    def hear(self, name: str, line: str) -> None:
        """A process has written a line; while they load, it is kept back for a failure."""
        if self._shows_logs:
            print(f"{name:>8} | {line}", flush=True)
