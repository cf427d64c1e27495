"""Results of tools as text."""

import pytest
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

from gateway.tool_results import cut, result_text

RESOURCE = TextResourceContents(uri="file:///a.md", text="A text.")
BLOB = BlobResourceContents(uri="file:///a.zip", blob="QUJD")


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (TextContent(text="It rains."), "It rains."),
        (
            ImageContent(data="QUJD", mime_type="image/png"),
            "(an image, image/png: images are not supported)",
        ),
        (
            AudioContent(data="QUJD", mime_type="audio/wav"),
            "(a recording, audio/wav: audio is not supported)",
        ),
        (EmbeddedResource(resource=RESOURCE), "A text."),
        (EmbeddedResource(resource=BLOB), "(a file, file:///a.zip: files are not supported)"),
        (ResourceLink(name="a", uri="file:///a.md"), "(a link: a, file:///a.md)"),
    ],
    ids=lambda case: case.type if not isinstance(case, str) else "",
)
def test_each_kind_of_content_is_told_in_words(block: ContentBlock, text: str) -> None:
    assert result_text(CallToolResult(content=[block]), 1000) == text


def test_texts_are_joined() -> None:
    content: list[ContentBlock] = [TextContent(text="One."), TextContent(text="Two.")]
    assert result_text(CallToolResult(content=content), 1000) == "One.\nTwo."


def test_structured_content_is_json_if_there_is_no_text() -> None:
    structured = {"temperature": 21, "place": "Zürich"}
    alone = CallToolResult(content=[], structured_content=structured)
    assert result_text(alone, 1000) == '{"temperature": 21, "place": "Zürich"}'
    told = CallToolResult(content=[TextContent(text="21 °C")], structured_content=structured)
    assert result_text(told, 1000) == "21 °C"


def test_nothing_at_all_is_an_empty_text() -> None:
    assert result_text(CallToolResult(content=[]), 1000) == ""


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert cut("abcdef", 3) == "abc… (cut here: 6 characters in all)"
    assert cut("abc", 3) == "abc"
    long = CallToolResult(content=[TextContent(text="x" * 5000)])
    assert len(result_text(long, 100)) < 150
