"""Rules for any language: markup, emoji, addresses, quotes and white space."""

import re
import unicodedata

from tts_service.rules import BREAK, COMMA, Rule, rule

_EMOJI = (
    r"\U0001f000-\U0001faff"  # pictographs, flags, skin tones
    r"\U000e0020-\U000e007f"  # tags of regional flags
    r"\u2600-\u27bf\u2b00-\u2bff"  # symbols, dingbats, stars
    r"\u2190-\u21ff\u2300-\u23ff\u25a0-\u25ff"  # arrows, technical signs, shapes
    r"\u200d\u20e3\ufe0e\ufe0f"  # what joins and varies them
    r"™©®"
)
_COMPOSED = r"\u2103\u2109\u2460-\u2473\u3300-\u3357\u3371-\u33df\uff66-\uff9f"
"""Units in one character, numbers in circles, half-width kana."""
_INVISIBLE = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are not white space
    r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffc"
)
_ENTITIES = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "#39": "'", "nbsp": " "}
_LINE = r"^[ \t]{0,12}"


def _entity(match: re.Match[str]) -> str:
    return _ENTITIES[match[1]]


def _line_end(match: re.Match[str]) -> str:
    """Where the next line goes on in lower case the text was only wrapped."""
    return " " if match.string[match.end() : match.end() + 1].islower() else BREAK


MARKUP_RULES: tuple[Rule, ...] = (
    rule(r"<!--[\s\S]*?(?:-->|\Z)", ""),
    rule(r"!?\[(?=[^\[\]\n]{1,300}\]\()", ""),  # beginning of a link or image
    rule(r"\]\((?:[^()\n]|\([^()\n]{0,200}\)){0,2000}\)", ""),  # the rest of it
    rule(r"\[\^?\d{1,3}\]", ""),  # footnote or source
    rule(r"(?<!\S)(?:[:;=]-?[)(DPp/]|<3|:'\()(?!\S)", ""),  # emoticons
    rule(r"<(?=https?://)", ""),
    rule(r"</?[A-Za-z][^<>\n]{0,300}>", ""),
    rule(rf"{_LINE}#{{1,6}}[ \t]+", ""),
    rule(rf"{_LINE}(?:>[ \t]?){{1,8}}", ""),
    rule(rf"{_LINE}(?:[-*_=][ \t]?){{3,200}}$", ""),  # a ruled line
    rule(rf"{_LINE}\|?[ \t]{{0,12}}:?-{{2,}}[-:| \t]{{0,500}}$", ""),  # below a table's head
    rule(rf"{_LINE}[-*+•‣◦][ \t]+(?:\[[ xX]\][ \t]+)?", ""),
    rule(rf"{_LINE}\|", ""),
    rule(r"\|[ \t]{0,12}$", ""),
    rule(r"\|", COMMA),
    rule(r"\\([\\`*_{}\[\]()#+.!|~-])", lambda match: match[1]),
    rule(rf"&({'|'.join(_ENTITIES)});", _entity),
)

SIGN_RULES: tuple[Rule, ...] = (
    rule(r"```[\s\S]*?(?:```|\Z)", BREAK),
    rule(r"(?i:https?://)(?:www\.)?([^\s<>()\[\]{}\"'`/?#]{1,253})\S{0,2000}", lambda m: m[1]),
    rule(rf"[{_COMPOSED}]+", lambda match: unicodedata.normalize("NFKC", match[0])),
    rule(rf"[{_EMOJI}]+", ""),
    rule(rf"[{_INVISIBLE}]+", ""),
    rule(r"\*+", ""),
    rule(r"(?<!\w)_+|_+(?!\w)", ""),
    rule(r"_+", " "),
    rule(r"~~+|`+", ""),
    rule(r"(?:[ \t]{0,9}\r?\n)+", _line_end),
    rule(r"\s+", " "),
    rule(r"[“”„‟«»]", '"'),
    rule(r"[‘’‚‛]", "'"),
    rule(r"…", "..."),
    rule(r"&amp;", "&"),
)

PLAIN = rule(
    r"(?:(?!(?:etc|vs|approx|dept)\b)[A-Za-z]{1,40} (?=[A-Za-z]))+",
    lambda match: match[0],
)
"""Words between which nothing else stands; first, so that prose is passed over in one step."""

WORD = rule(r"[^\W\d_]+", lambda match: match[0])
"""A word as it is; last, so that no rule looks at its middle."""
