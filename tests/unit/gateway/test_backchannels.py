"""Which utterances only show that somebody listens."""

import pytest

from gateway.backchannels import is_backchannel

SMALL = [
    "mhm",
    "Mhm.",
    "Mm-hmm.",
    "Mm hmm",
    "Mmhmm.",
    "mmmhm",
    "Hmm.",
    "Mm.",
    "Mm. Mm-hmm.",
    "Um-hum.",
    "M-hm",
    "Uh-huh.",
    "uh huh",
    "Uhhuh",
    "Aha!",
    "Yeah.",
    "YEAH!",
    "yeahhh",
    "Yeah, yeah.",
    "yeah yeah yeah",
    "Okay.",
    "O.K.",
    "okaaay",
    "Okay, right.",
    "Right.",
    "I see.",
    "Not bad!",
    "Oh, I see. Okay.",
    "All right",
    "Yes, yes, that's right.",
    "m'kay",
]
WORDS = [
    "",
    "...",
    "no",
    "No.",
    "Stop.",
    "wait",
    "okay stop",
    "Yeah, but why?",
    "right there",
    "I",
    "I see a problem.",
    "uh",
    "Um.",
    "uh-uh",
    "Nuh-uh.",
    "What?",
    "okay " * 40,
]
REFUSALS = [
    *("no", "stop", "wait", "nein", "halt", "warte", "non", "arrête", "attends", "alto", "para"),
    *("espera", "basta", "aspetta", "ferma", "não", "pare", "nee", "wacht", "nej", "vänta", "nie"),
    *(
        "czekaj",
        "нет",
        "стоп",
        "подожди",
        "いいえ",
        "待って",
        "ストップ",
        "不",
        "不是",
        "停",
        "等等",
    ),
    *("아니", "잠깐", "멈춰"),
]
BY_LANGUAGE = [
    ("de", "Genau, ach so."),
    ("de", "Ja, ja."),
    ("de-CH", "alles klar"),
    ("fr", "Ouais, d'accord."),
    ("fr", "Tout à fait."),
    ("es", "Sí, sí, claro."),
    ("es-MX", "ajá"),
    ("it", "Sì, va bene."),
    ("pt_BR", "Tá bom, entendi."),
    ("nl", "Ja, precies."),
    ("sv", "Just det."),
    ("pl", "Tak, dokładnie."),
    ("ru", "Да, понятно."),
    ("ja", "うんうん、なるほど。"),
    ("ja", "そうですね。"),
    ("ja", "へえー"),
    ("zh", "嗯嗯，好的。"),
    ("zh", "对对对"),
    ("ko", "네, 그렇구나."),
]


@pytest.mark.parametrize("text", SMALL)
@pytest.mark.parametrize("language", ["", "en", "en-US", "xx"])
def test_small_words_are_backchannels(text: str, language: str) -> None:
    assert is_backchannel(text, language)


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("language", ["", "en"])
def test_any_other_word_makes_it_an_utterance(text: str, language: str) -> None:
    assert not is_backchannel(text, language)


@pytest.mark.parametrize("text", REFUSALS)
def test_no_stop_and_wait_are_none_in_any_language(text: str) -> None:
    assert not is_backchannel(text)
    assert not is_backchannel(f"okay {text}")


@pytest.mark.parametrize(("language", "text"), BY_LANGUAGE)
def test_every_language_has_its_own(language: str, text: str) -> None:
    assert is_backchannel(text, language)
    assert is_backchannel(text)
    assert is_backchannel(text, "tlh")


def test_the_words_of_another_language_do_not_count_where_the_language_is_known() -> None:
    assert not is_backchannel("genau", "en")
    assert not is_backchannel("I see", "de")


@pytest.mark.parametrize("language", ["de", "ja", "zh", "ru"])
def test_sounds_count_in_all_languages(language: str) -> None:
    assert is_backchannel("Mm-hmm.", language)
    assert is_backchannel("Okay.", language)
