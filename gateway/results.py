"""What becomes of the results of the pipeline."""

from gateway.hands_free import HandsFree
from gateway.scene import Scene
from gateway.turn import TOO_LONG, Failure, Turn
from shared.messages import AnyReply, PartialTranscript, SpeechChunk, Transcript, WorkFailed


def take(scene: Scene, hands_free: HandsFree | None, message: AnyReply) -> None:
    """A result has come; one that nobody waits for is dropped."""
    if message.session != scene.session:
        return scene.asides.take(message)
    turn = scene.turns.newest
    if scene.turns.is_hypothesis(message.turn):
        return _take_hypothesis(hands_free, message)
    if turn is None or message.turn != turn.number:
        return None
    scene.turns.expect(turn)
    turn.note(message, scene.outbox.now)
    match message:
        case Transcript():
            _learn_transcript(scene, hands_free, turn, message)
        case WorkFailed():
            scene.fail(turn, Failure(code=message.code, detail=message.detail))
        case SpeechChunk():
            if not turn.add_sound(message):
                scene.fail(turn, TOO_LONG)
        case _:
            turn.take(message)
    return None


def _take_hypothesis(hands_free: HandsFree | None, message: AnyReply) -> None:
    if hands_free is None:
        return
    if isinstance(message, PartialTranscript):
        hands_free.learn_hypothesis(message)
    else:
        hands_free.lose_hypothesis()


def _learn_transcript(
    scene: Scene, hands_free: HandsFree | None, turn: Turn, transcript: Transcript
) -> None:
    item, is_guess = turn.utterance, turn.is_guess
    if item is None:
        return None
    turn.take(transcript)
    if is_guess and hands_free is not None:
        return hands_free.understand(transcript)
    scene.learn(item, transcript)
    if not turn.is_wanted:
        scene.turns.cancel(turn)
        scene.turns.newest = None
    return None
