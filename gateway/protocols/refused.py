"""What a protocol's parts raise if a client wishes what it cannot have."""


class Refused(Exception):
    """A wish that cannot be granted."""

    def __init__(self, code: str, message: str, param: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
