"""What a worker has to offer: which engine, which model, which languages and voices."""

from itertools import islice

import msgspec

MOST_VOICES = 500
"""Voices and languages that an offer names; the rest can be had, but is not listed."""


class OfferedVoice(msgspec.Struct, frozen=True):
    """A voice that can be asked for."""

    name: str
    language: str
    """BCP 47 tag."""


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one worker can do."""

    engine: str
    """Name of the engine in its registry."""
    model: str
    """Name of the model that it runs."""
    languages: tuple[str, ...] = ()
    """BCP 47 tags that it understands or speaks; empty if the engine does not tell."""
    voices: tuple[OfferedVoice, ...] = ()
    """Of a tts worker; the first is the default."""

    def bounded(self) -> "Offer":
        """The same, with no more voices and languages than are listed."""
        return msgspec.structs.replace(
            self,
            languages=tuple(islice(self.languages, MOST_VOICES)),
            voices=tuple(islice(self.voices, MOST_VOICES)),
        )


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Offer] = msgspec.msgpack.Decoder(Offer)


def encode_offer(offer: Offer) -> bytes:
    """MessagePack of an offer, bounded in size."""
    return _encoder.encode(offer.bounded())


def decode_offer(payload: bytes) -> Offer:
    """The offer in these bytes; raises msgspec.DecodeError."""
    return _decoder.decode(payload)
