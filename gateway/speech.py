"""The utterance that is being made in a hands-free session."""

import msgspec

from gateway.hypothesis import Hypothesis


class Speech(msgspec.Struct):
    """What is known of it."""

    item: int
    from_s: float
    """Where its sound begins."""
    goes_on: bool = False
    """Whether the utterance before was taken back for it."""
    hypothesis: Hypothesis = msgspec.field(default_factory=Hypothesis)

    def kept(self) -> "KeptSpeech":
        """As it is to be written down."""
        return KeptSpeech(item=self.item, from_s=self.from_s, stable=self.hypothesis.stable)


class KeptSpeech(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is written down of it; the client sends its sound again."""

    item: int
    from_s: float
    stable: tuple[str, ...] = ()
    """The words of its hypothesis that the client was told."""

    def again(self) -> Speech:
        """The utterance, to be made again."""
        return Speech(self.item, self.from_s, hypothesis=Hypothesis(self.stable))
