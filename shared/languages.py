"""Language tags: made alike whoever names a language, and what people call it."""

import re

_TAG = re.compile(r"([a-z]{2,3})((?:-[a-z0-9]{1,8}){0,4})")

NAMES = {
    "af": "Afrikaans",
    "am": "Amharic",
    "ar": "Arabic",
    "az": "Azerbaijani",
    "be": "Belarusian",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "bs": "Bosnian",
    "ca": "Catalan",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "eo": "Esperanto",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "ga": "Irish",
    "gl": "Galician",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "hy": "Armenian",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ja": "Japanese",
    "jv": "Javanese",
    "ka": "Georgian",
    "kk": "Kazakh",
    "km": "Khmer",
    "kn": "Kannada",
    "ko": "Korean",
    "ky": "Kyrgyz",
    "la": "Latin",
    "lb": "Luxembourgish",
    "lo": "Lao",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mk": "Macedonian",
    "ml": "Malayalam",
    "mn": "Mongolian",
    "mr": "Marathi",
    "ms": "Malay",
    "mt": "Maltese",
    "my": "Burmese",
    "ne": "Nepali",
    "nl": "Dutch",
    "no": "Norwegian",
    "or": "Odia",
    "pa": "Punjabi",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sd": "Sindhi",
    "si": "Sinhala",
    "sk": "Slovak",
    "sl": "Slovenian",
    "so": "Somali",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "tg": "Tajik",
    "th": "Thai",
    "ti": "Tigrinya",
    "tl": "Tagalog",
    "tr": "Turkish",
    "tt": "Tatar",
    "ug": "Uyghur",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "uz": "Uzbek",
    "vi": "Vietnamese",
    "yi": "Yiddish",
    "yo": "Yoruba",
    "yue": "Cantonese",
    "zh": "Chinese",
    "zu": "Zulu",
}
"""English names, by primary tag."""

_ALIASES = {
    # what engines and libraries write: the tag in use
    **{"cmn": "zh", "zho": "zh", "chi": "zh", "jpn": "ja", "kor": "ko", "eng": "en", "deu": "de"},
    **{"ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt", "nld": "nl"},
    **{"dut": "nl", "rus": "ru", "ukr": "uk", "pol": "pl", "tur": "tr", "ara": "ar", "hin": "hi"},
    **{"fas": "fa", "per": "fa", "heb": "he", "tha": "th", "vie": "vi", "ind": "id", "swe": "sv"},
    **{"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "nb": "no", "nn": "no", "fil": "tl"},
}
_NONE = frozenset(("und", "mul", "mis", "zxx", "art"))
"""Tags that say that there is no one language."""
_BY_NAME = {name.lower(): tag for tag, name in NAMES.items()} | {"mandarin": "zh"}


def language_tag(code: str) -> str:
    """A BCP 47 tag in lower case, as all of us write it; empty for what is no language.

    Understands `ja`, `JA_jp`, `jpn` and `Japanese`.
    """
    code = code.strip().lower().replace("_", "-")
    match = _TAG.fullmatch(_BY_NAME.get(code, code))
    if match is None or match[1] in _NONE:
        return ""
    return _ALIASES.get(match[1], match[1]) + match[2]


def primary(code: str) -> str:
    """The language alone, without region or script: `en` of `en-US`, `zh` of `cmn`."""
    return language_tag(code).partition("-")[0]


def english_name(code: str) -> str:
    """What the language is called in English; empty if we do not know it."""
    return NAMES.get(primary(code), "")
