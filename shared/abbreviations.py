"""Words whose full stop may not end a sentence, and words that begin one."""


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEVER_LAST = _table(
    "dr mr mrs ms mx prof gen col maj sgt capt cmdr lt rev hon gov sen rep pres supt mt messrs mme "
    "e.g i.e viz vs cf approx resp incl excl "
    "z.b d.h bzw u.a evtl ggf p.ej sra dra"
)
"""Another word always follows."""

BEFORE_NUMBER = _table(
    "no nos nr fig figs vol vols pp ch chap sec art eq ex op par tel ext ver bd abb"
)
"""Abbreviations in front of a number, ordinary words elsewhere."""

SELDOM_LAST = _table(
    "a.m p.m etc al jr sr inc ltd co corp bros dept univ assn st ave blvd rd hwy apt ste ft oz lb "
    "lbs hrs min mins secs yr yrs est ca gal qt tbsp tsp ph.d jan feb apr jun jul aug sep sept oct "
    "nov dec mon tue tues wed thu thur thurs fri usw"
)
"""The sentence is over only where the next word is one that begins sentences."""

STARTERS = _table(
    "the a an this that these those there here it he she they we i you my your his her its our "
    "their and but or so yet then also however if when while after before because since although "
    "as at in on for from with without by to what who where why how which is are was were do does "
    "did can could will would should may please yes no not now today let some many most all each "
    "every another one both either first second next finally overall remember"
)
"""Words that begin a sentence where they are written with a capital."""

CONJUNCTIONS = _table(
    "and but or nor so yet because although though while whereas when where which who that if "
    "unless until since"
)
"""Words before which a long clause can be broken without harm to its melody."""
