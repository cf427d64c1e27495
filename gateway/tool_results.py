"""What a tool has returned, as text for the model."""

import json
from typing import assert_never

from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)


def result_text(result: CallToolResult, most_characters: int) -> str:
    """The result's texts, one below the other; else its structured content as JSON.

    A server that gives structured content gives it as text too, so it is not said twice. What a
    voice cannot tell is named. Longer texts are cut at the number of characters.
    """
    texts = [_block_text(block) for block in result.content]
    if not texts and result.structured_content is not None:
        texts = [json.dumps(result.structured_content, ensure_ascii=False)]
    return cut("\n".join(texts), most_characters)


def cut(text: str, most_characters: int) -> str:
    """The beginning of a text that is too long, with a note that it goes on."""
    if len(text) <= most_characters:
        return text
    return f"{text[:most_characters]}… (cut here: {len(text)} characters in all)"


def _block_text(block: ContentBlock) -> str:
    match block:
        case TextContent():
            return block.text
        case ImageContent():
            return f"(an image, {block.mime_type}: images are not supported)"
        case AudioContent():
            return f"(a recording, {block.mime_type}: audio is not supported)"
        case ResourceLink():
            return f"(a link: {block.title or block.name}, {block.uri})"
        case EmbeddedResource():
            return _resource_text(block.resource)
        case _:
            assert_never(block)


def _resource_text(resource: TextResourceContents | BlobResourceContents) -> str:
    match resource:
        case TextResourceContents():
            return resource.text
        case BlobResourceContents():
            return f"(a file, {resource.uri}: files are not supported)"
        case _:
            assert_never(resource)
