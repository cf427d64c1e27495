"""The numbers of a session's items and replies."""


class Numbers:
    """Each number is given once, from 1; those of items and of replies are counted apart."""

    def __init__(self) -> None:
        self.items = 0
        """The last number that an item was given."""
        self.replies = 0

    def item(self) -> int:
        """The next item's."""
        self.items += 1
        return self.items

    def reply(self) -> int:
        """The next reply's."""
        self.replies += 1
        return self.replies
