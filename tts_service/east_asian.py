"""Rules for Japanese, Chinese and Korean: signs and units that their voices read in English or not.

Numbers stay digits: engines of these languages read them.
"""

import re
import unicodedata

from tts_service.rules import Rule, any_of, rule

_N = r"\d[\d,.]{0,40}"

_UNITS = {
    "ja": {
        **{"%": "パーセント", "℃": "度", "°C": "度", "°": "度", "km/h": "キロメートル毎時"},
        **{"km": "キロメートル", "m": "メートル", "cm": "センチメートル", "mm": "ミリメートル"},
        **{"kg": "キログラム", "g": "グラム", "mg": "ミリグラム", "L": "リットル", "l": "リットル"},
        **{"ml": "ミリリットル", "GB": "ギガバイト", "MB": "メガバイト", "kW": "キロワット"},
    },
    "zh": {
        **{"℃": "摄氏度", "°C": "摄氏度", "°": "度", "km/h": "公里每小时", "km": "公里", "m": "米"},
        **{"cm": "厘米", "mm": "毫米", "kg": "公斤", "g": "克", "mg": "毫克", "L": "升", "l": "升"},
        **{"ml": "毫升", "kW": "千瓦"},
    },
    "ko": {
        **{"%": "퍼센트", "℃": "도", "°C": "도", "°": "도", "km/h": "킬로미터", "km": "킬로미터"},
        **{"m": "미터", "cm": "센티미터", "mm": "밀리미터", "kg": "킬로그램", "g": "그램"},
        **{"mg": "밀리그램", "L": "리터", "l": "리터", "ml": "밀리리터", "kW": "킬로와트"},
    },
}
"""What stands behind a number."""

_CURRENCIES = {
    "ja": {"¥": "円", "$": "ドル", "€": "ユーロ", "£": "ポンド"},
    "zh": {"¥": "元", "$": "美元", "€": "欧元", "£": "英镑"},
    "ko": {"¥": "엔", "$": "달러", "€": "유로", "£": "파운드", "₩": "원"},
}
"""What is written before a number and said behind it."""

_SIGNS = {
    "ja": {
        "+": "プラス",
        "=": "イコール",
        "×": "かける",
        "÷": "わる",
        "&": "アンド",
        "@": "アット",
    },
    "zh": {"+": "加", "=": "等于", "×": "乘", "÷": "除以", "&": "和"},
    "ko": {"+": "더하기", "×": "곱하기", "÷": "나누기", "&": "앤드", "@": "골뱅이"},
}
_MINUS = {"ja": "マイナス", "zh": "负", "ko": "마이너스"}
_TO = {"ja": "から", "zh": "到", "ko": "에서"}
"""Between the numbers of a range."""

_COMPOSED = ("℃", *map(chr, range(0x3371, 0x33E0)))
"""Units in one character."""
_BEHIND, _BEFORE = r"[\d%℃°A-Za-z一-鿿]", r"\s?[\d一-鿿]"
"""What stands around the sign of a range."""
_PER_CENT_OF = rule(rf"({_N})\s?%", lambda match: f"百分之{match[1]}")
_LENGTHENED = rule(r"(?<=[ぁ-ヺー])〜+", "ー")


def rules(language: str) -> tuple[Rule, ...]:
    """The rules of `ja`, `zh` or `ko`."""
    units, currencies = _with_composed(_UNITS[language]), _CURRENCIES[language]
    signs = _SIGNS[language]
    own = {"ja": (_LENGTHENED,), "zh": (_PER_CENT_OF,)}.get(language, ())
    return (
        rule(rf"([{re.escape(''.join(currencies))}])\s?({_N})", lambda m: m[2] + currencies[m[1]]),
        rule(rf"(?<={_BEHIND})\s?〜(?={_BEFORE})|(?<=\d)\s?~(?=\s?\d)", _TO[language]),
        rule(r"(?<![\w)〜-])[-−](?=\d)", _MINUS[language]),
        *own,
        rule(rf"(?<=\d)\s?({any_of(units)})(?![A-Za-z])", lambda m: units[m[1]]),
        rule(rf"\s?([{re.escape(''.join(signs))}])\s?", lambda m: signs[m[1]]),
        rule(r"^[ \t]{0,12}・[ \t]{0,9}", ""),
        rule(r"・", " "),
        rule(r"[〜~]+", ""),
    )


def _with_composed(units: dict[str, str]) -> dict[str, str]:
    """The units, and those of them that are written in one character (㎏)."""
    usual = {char: unicodedata.normalize("NFKC", char) for char in _COMPOSED}
    return units | {char: units[unit] for char, unit in usual.items() if unit in units}
