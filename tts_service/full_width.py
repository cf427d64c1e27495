"""Full-width digits, Latin letters and signs as their usual forms: one character for each."""

import unicodedata

_SIGNS = "％＋＝＆＄＃＠／－￥￡￦"
_LETTERS = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))

FOLDED = {
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in (*map(ord, _SIGNS), *_LETTERS)},
    ord("～"): "〜",
}
"""For str.translate; places in the text stay what they were."""
