"""The language of a text, told by its script, in Latin script by its commonest words."""

import re
from collections import defaultdict
from functools import lru_cache

from shared.common_words import COMMON_WORDS
from shared.languages import primary
from shared.writing import is_unspaced, is_wide, script


def _table(tags: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(listed.split()) for name, listed in tags.items()}


_SCRIPTS = _table(
    {
        # script: the language it is taken for, then others that are written in it
        "HIRAGANA": "ja",
        "CJK": "zh ja yue ko",
        "HANGUL": "ko",
        "BOPOMOFO": "zh",
        "CYRILLIC": "ru uk be bg sr mk kk ky mn tg tt uz az ba cv bs",
        "GREEK": "el grc",
        "ARABIC": "ar fa ur ps ug sd ku az ms",
        "HEBREW": "he yi",
        "DEVANAGARI": "hi mr ne kok sa sd",
        "BENGALI": "bn as bpy",
        "GURMUKHI": "pa",
        "GUJARATI": "gu",
        "ORIYA": "or",
        "TAMIL": "ta",
        "TELUGU": "te",
        "KANNADA": "kn",
        "MALAYALAM": "ml",
        "SINHALA": "si",
        "THAI": "th",
        "LAO": "lo",
        "KHMER": "km",
        "MYANMAR": "my shn",
        "TIBETAN": "bo",
        "GEORGIAN": "ka",
        "ARMENIAN": "hy hyw",
        "ETHIOPIC": "am ti",
        "CHEROKEE": "chr",
    }
)
_LATIN = "LATIN"
_USUAL_IN_LATIN = "en"
_LATIN_TOO = frozenset(("sr", "bs", "kk", "uz", "az", "mn", "tg", "tt", "ku", "ug", "ms"))
"""Languages of the table that are written in Latin script as well."""
_NOT_LATIN = frozenset(tag for tags in _SCRIPTS.values() for tag in tags) - _LATIN_TOO
_SAME = {"KATAKANA": "HIRAGANA", "IDEOGRAPHIC": "CJK"}

_MOST_CHARACTERS = 400
"""Only the beginning of a long text is looked at."""
_SYLLABLE = 3
"""A character of a script of syllables or words weighs as much as so many letters."""
_LEAST_WORDS, _LEAD = 2, 3
"""So many common words, and so many times the expected language's, speak for another one."""
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def language_of(text: str, expected: str = "") -> str:
    """The language of a text, as a BCP 47 tag; empty if nobody can tell.

    `expected` is a tag; it stays unless the script or several words show another language, and
    where there are no letters. Latin letters that tell nothing are English where the expected
    language does not use them.
    """
    weights = _weights(text[:_MOST_CHARACTERS])
    if not weights:
        return expected
    main = max(weights, key=lambda name: (weights[name], name != _LATIN))
    if main == _LATIN:
        return _by_words(text[:_MOST_CHARACTERS], expected)
    languages = _SCRIPTS[main]
    return expected if primary(expected) in languages else languages[0]


def writes_in_script_of(language: str, other: str) -> bool:
    """Whether two languages share a script, so that who reads one can read the other at all."""
    return bool(_scripts(language) & _scripts(other))


def _scripts(language: str) -> set[str]:
    """Chinese characters are left out where a language has a script besides: it reads them anew."""
    tag = primary(language)
    found = {name for name, tags in _SCRIPTS.items() if tag in tags}
    if tag not in _NOT_LATIN:
        return found | {_LATIN}
    return found - {"CJK"} or found


def _weights(text: str) -> dict[str, int]:
    """How much of the text is in which script; Chinese characters go with kana or Hangul."""
    weights: defaultdict[str, int] = defaultdict(int)
    for char in text:
        name, weight = _weight(char)
        if weight:
            weights[name] += weight
    for name in ("HIRAGANA", "HANGUL"):
        if name in weights:
            weights[name] += weights.pop("CJK", 0)
    return weights


@lru_cache(maxsize=4096)
def _weight(char: str) -> tuple[str, int]:
    """The script of a character, and how much it counts; 0 if it shows no language."""
    name = script(char)
    name = _SAME.get(name, name)
    if name != _LATIN and name not in _SCRIPTS:
        return name, 0
    return name, _SYLLABLE if is_unspaced(char) or is_wide(char) else 1


def _by_words(text: str, expected: str) -> str:
    words = _WORD.findall(text.lower().replace("’", "'"))
    known = {tag: sum(map(of.__contains__, words)) for tag, of in COMMON_WORDS.items()}
    best, runner_up = sorted(known, key=known.__getitem__, reverse=True)[:2]
    most, second = known[best], known[runner_up]
    own = primary(expected)
    if own and own not in _NOT_LATIN:
        is_other = own in known and most >= max(_LEAST_WORDS, _LEAD * known[own])
        return best if is_other and most > second else expected
    if most > second:
        return best
    return _USUAL_IN_LATIN if own else ""
