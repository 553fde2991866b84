"""Words of sentences by what they do: words without content, of change, of direction, of number and of judgement."""

from types import MappingProxyType


def _parse_words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GLUE_WORDS = _parse_words(
    """
    a an the of in on to for with from by as at into is are was were be been being it its this that these those and or
    when where while which who than then after before has have had can could may now no not nor if but via per between
    across through during about over under up out off only also other another same such their they there them still yet
    again instead rather without within upon onto along around against until each
    """
)
"""Words without content. They neither support a sentence nor need support."""

NEUTRAL_WORDS = _parse_words(
    """
    change update adjust rework revise concern touch bring get go come become do make take let give work use part code
    way thing case area side piece place land apply follow relate show see find provide
    """
)
"""Verbs and nouns of change that claim nothing in particular."""

DIRECTION_GROUPS = MappingProxyType(
    {
        "adding": _parse_words("add introduce new create implement gain"),
        "removing": _parse_words("remove drop delete strip retire discard"),
        "fixing": _parse_words("fix correct repair resolve mend solve patch"),
        "breaking": _parse_words("break crash fail regress"),
        "enabling": _parse_words("enable allow permit activate"),
        "disabling": _parse_words("disable forbid block deny deactivate prohibit refuse reject"),
        "raising": _parse_words("increase raise grow extend expand upgrade bump"),
        "lowering": _parse_words("decrease reduce lower shrink limit downgrade cut"),
        "starting": _parse_words("start begin open launch"),
        "ending": _parse_words("stop end close abandon cancel"),
        "reverting": _parse_words("revert undo restore rollback"),
        "preventing": _parse_words("prevent avoid"),
        "documenting": _parse_words("document describe explain"),
        "testing": _parse_words("test cover"),
        "tidying": _parse_words("refactor simplify clean rename split move extract"),
        "supporting": _parse_words("support handle accept read"),
    }
)
"""Words for the direction of a change."""

NUMBER_WORDS = _parse_words(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen half
    quarter third twice thrice double triple quadruple once first second fourth fifth sixth seventh eighth ninth tenth
    several many few multiple numerous countless various all every everyone everything everywhere most majority both
    couple percent fold individual remain steady
    """
)
"""Words that count or measure without a digit: "four individuals", "remained steady"."""

JUDGEMENT_WORDS = _parse_words(
    """
    better best worse worst great good bad excellent amazing awesome impressive exciting remarkable outstanding superb
    brilliant elegant robust solid powerful seamless smooth efficient efficiency effective significant significantly
    substantial substantially dramatic dramatically massive huge major minor critical crucial vital essential important
    key notable faster slower quick quicker easier simpler safer stronger improve improvement enhance enhancement boost
    optimal optimize optimise streamline modern cutting edge state art milestone success successful proud dedicated
    dedication hard effort commitment thanks thank leader because therefore thus hence consequently result resulting
    due cause caused since so ensure ensuring guarantee guaranteed always more less largest smallest fully completely
    entirely greatly highly very really user customer community enterprise
    """
)
"""Praise, comparison, cause and promise: 9 % of the sentences of a similar product held one without evidence."""
