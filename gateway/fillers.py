"""What is said while a slow tool runs, by language."""

from shared.messages import ReplyOptions


class Fillers:
    """Sentences of a setting: one, or several between `|`, each behind its language and `=`."""

    def __init__(self, setting: str) -> None:
        self._texts: dict[str, str] = {}
        for part in filter(None, (part.strip() for part in setting.split("|"))):
            language, mark, text = part.partition("=")
            named = (_base(language), text.strip()) if mark else ("", part)
            self._texts.setdefault(*named)

    def text(self, options: ReplyOptions, language: str) -> str:
        """What to say: in the session's language, else in that just spoken, else the first there
        is; nothing if replies are not spoken, or nothing is set."""
        if not options.is_spoken or not self._texts:
            return ""
        wanted = _base(options.language or language)
        return self._texts.get(wanted) or next(iter(self._texts.values()))


def _base(language: str) -> str:
    """`de` of `de-AT`."""
    return language.strip().lower().partition("-")[0]
