"""Why a client's request cannot be granted as things stand."""

from gateway.notices import Problem

NOTHING_TO_COMMIT = Problem(
    code="input_audio_buffer_commit_empty",
    message="there is no audio to commit; append some first",
)
TOO_MANY_COMMITS = Problem(
    code="too_many_commits",
    message="too many utterances wait for their transcripts; commit again in a moment",
)
REPLY_IS_ACTIVE = Problem(
    code="conversation_already_has_active_response",
    message="a reply is still being given; wait for response.done or cancel it",
)
NOTHING_TO_ANSWER_YET = Problem(
    code="conversation_empty",
    message="the user is just saying their first words; ask again when these are an item",
)
NO_SUCH_ITEM = Problem(
    code="item_not_found",
    message="the conversation has no such item; it may have been deleted, or be too old",
    param="item_id",
)
NO_SUCH_CALL = Problem(
    code="call_not_found",
    message="the conversation has no function call with this call_id",
    param="item.call_id",
)
ID_IS_TAKEN = Problem(
    code="invalid_value",
    message="the conversation has an item with this id, or will have; choose another",
    param="item.id",
)
NOTHING_TO_STAND_BEHIND = Problem(
    code="item_not_found",
    message="the conversation has no item that this one could follow",
    param="previous_item_id",
)
TOO_LONG_AN_ITEM = Problem(
    code="invalid_value",
    message="the item's audio is longer than an utterance may be",
    param="item.content",
)
NO_SUCH_INPUT = Problem(
    code="item_not_found",
    message="the conversation has no such item, or its words are not known yet",
    param="response.input",
)
TOO_MANY_REPLIES = Problem(
    code="too_many_responses",
    message="too many responses outside of the conversation are being given; wait for one's end",
)
NO_REPLY = Problem(code="response_cancel_not_active", message="there is no reply to cancel")
NOTHING_TO_TRUNCATE = Problem(
    code="item_not_found",
    message="only the newest spoken reply can be truncated",
    param="item_id",
)


def session_expired(longest_s: float) -> Problem:
    """The session has lasted as long as it may."""
    told = f"a session may last {longest_s:g} s; connect again for another"
    return Problem(code="session_expired", message=told)
