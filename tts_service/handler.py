"""One sentence in, chunks of speech out."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec

from shared.messages import AnyResult, Sentence, SpeechChunk, SpokenWord
from shared.text_language import language_of
from tts_service.chunks import Chunks
from tts_service.encoding import SoundEncoder, blocks
from tts_service.engine import Sound, Speakable, TtsEngine
from tts_service.mouth_shapes import mouth_shapes
from tts_service.settings import Settings
from tts_service.silence import Trimmer, pause_after
from tts_service.speakable import Spoken, speakable
from tts_service.voices import choose_voice, voice_map


class TtsHandler:
    """Speaks sentences with one engine."""

    def __init__(self, engine: TtsEngine, settings: Settings) -> None:
        """Raises SettingsError if a voice is set that the engine does not have."""
        self.concurrency = engine.concurrency
        self._engine = engine
        self._settings = settings
        self._mapped = voice_map(settings.voices, engine.voices)

    async def handle(
        self, job: Sentence, published: Sequence[AnyResult] = ()
    ) -> AsyncGenerator[SpeechChunk, None]:
        """The sentence's sound, chunk by chunk; the last one always comes.

        What is `published` is made again but not sent again. Raises EngineError.
        """
        before = [result for result in published if isinstance(result, SpeechChunk)]
        if before and before[-1].is_last:
            return
        chunks = Chunks(job, before)
        encoder = SoundEncoder(self._engine.sample_rate_hz)
        async with aclosing(self._sound(job)) as sounds:
            async for sound in sounds:
                packets, shapes = encoder.encode(sound.pcm), mouth_shapes(sound.phonemes)
                for chunk in chunks.add(packets, sound.words, shapes):
                    yield chunk
        for chunk in chunks.add(encoder.finish()):
            yield chunk
        yield chunks.finish()

    async def _sound(self, job: Sentence) -> AsyncGenerator[Sound, None]:
        """Blocks of the sentence's sound between fixed silences, words placed in `job.text`."""
        language = job.language or language_of(job.text)
        voice = choose_voice(self._engine.voices, self._mapped, job.voice, language)
        spoken = speakable(job.text, language or voice.language)
        if not spoken.text:
            return
        wanted = Speakable(text=spoken.text, voice=voice.name, speed=job.speed)
        async with aclosing(self._trimmed(wanted)) as sounds:
            async for sound in sounds:
                words, phonemes = _in_original(sound.words, spoken), sound.phonemes
                for block in blocks(sound.pcm, self._engine.sample_rate_hz):
                    yield Sound(pcm=block, words=words, phonemes=phonemes)
                    words, phonemes = (), ()
                    await asyncio.sleep(0)  # a long piece must not hold the loop

    async def _trimmed(self, wanted: Speakable) -> AsyncGenerator[Sound, None]:
        trimmer = Trimmer(self._engine.sample_rate_hz)
        async with aclosing(self._engine.speak(wanted)) as sounds:
            async for sound in sounds:
                yield trimmer.add(sound)
        pause_s = pause_after(
            wanted.text,
            sentence_s=self._settings.sentence_pause_s,
            clause_s=self._settings.clause_pause_s,
        )
        yield trimmer.finish(pause_s / wanted.speed)


def _in_original(words: Sequence[SpokenWord], spoken: Spoken) -> tuple[SpokenWord, ...]:
    """The words with offsets in the sentence as it was written."""
    return tuple(msgspec.structs.replace(word, offset=spoken.origin(word.offset)) for word in words)
