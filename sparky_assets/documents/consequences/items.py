"""What an item of notes states by its words alone, below headings that do not say it. Pure.

Its verb says that it takes something away, raises a minimum or changes a default.
"""

import re

from sparky_assets.documents.consequences.changed_names import says_renamed
from sparky_assets.documents.consequences.sentences import find_sign
from sparky_assets.documents.consequences.verbs import (
    ADDING_ITEM,
    DESCRIBING_ITEM,
    KIND_OF_CODE,
    LABEL_AND_AREA,
    REMOVING_ITEM,
    UNSEEN_HEADING,
    drop_reference,
    drops_support,
    plain_item,
)
from sparky_assets.documents.models import ConsequenceKind, NoteItem, ParsedDocument
from sparky_assets.text.upgrades import NOT_MISSED, drops_platform

_UNSEEN_AREA = re.compile(
    r"(?:[\[*_]{1,2})?(?:[\w./-]{1,60}\.(?:md|rst|txt|adoc|3)|tests?|testing|docs?|documentation|ci|chore|refactor\w*|style|examples?|benchmarks?)"
    r"(?:\([\w/, -]{1,40}\))?(?:[*_\]]{0,2}:|\]|:[*_]{1,2})\s",
    re.IGNORECASE,
)
"""The area or type in front of an item about what users of a release do not get: `test: …`, `chore(ci): …`."""
_DEPRECATING_ITEM = re.compile(
    rf"{LABEL_AND_AREA}(?:(?:(?:soft[- ])?deprecates?"
    r"|deprecated(?! [^`;,.]{0,80}\b(?:no longer|now|are|can)\b)"
    r"(?!.{0,250}\b(?:has|have|is|are|was|were) (?:been |now )?removed\b))\b(?!\.\w|:)"
    r"|mark(?:ed|s)? .{1,60}\b(?:deprecated|obsolete)\b)"
    r"|.{1,120}(?:,| and) (?:soft[- ])?deprecates? (?:the |old |legacy )*"
    r"(?:`|(?:[\w-]+ ){0,3}(?:methods?|apis?|functions?|options?|flags?|settings?)\b)"
    r"|.{0,20}`[^`\n]{2,60}`: (?:\w+ )?deprecated\b|\w{3,40} ?\(\) (?:is |are )?deprecated\b",
    re.IGNORECASE,
)
_CHORE_OF_CODE = re.compile(
    r"(?:chore|refactor)(?:\([\w/, -]{1,40}\))?: (?:deprecate|remove(?: the)? deprecated) (?:the )?`", re.IGNORECASE
)
"""A chore that users get: ``chore: deprecate `lamp.rimraf```."""
_DEPRECATION_MARK = re.compile(r".{0,40}\[(?:\*\*)?deprecat(?:ion|ed)(?:\*\*)?\]", re.IGNORECASE)
"""The mark that an item deprecates something: `(cli) **[deprecation]** Hide the constructor`."""
BREAKING_LABEL = re.compile(
    r"\[BC\]:?(?=\s)|[\W_]{0,4}(?-i:BREAK)[*_\])]{0,3}:(?=\s)|"
    r"(?:\[[A-Z]{3,14}\]\s+)?\W{1,3}breaking(?:[ -]changes?)?\W{1,3}(?=\s)"
    r"|[\W_]{0,4}(?:(?:[a-z]{3,12} ?/ ?)?(?:minor )?bc[ -](?:break|warning)(?: ?/ ?\w+)?"
    r"|[a-z]{2,20}-breaking(?: changes?)?"
    r"|(?:backwards?[ -])?incompatib(?:le|ility)(?: changes?)?)[*_\])]{0,3}:"
    r"|[\W_]{0,4}(?:\[[\w -]{3,14}\]\s+)?(?!(?:non|not|no|never|fix\w*|avoid\w*|revert\w*)\b)(?:\w{2,20} ){0,2}"
    r"breaking(?:/[\w-]{2,20})?(?: (?!for\b)\w+){0,2}"
    r"(?: ?\([\w, ]{2,40}\))?(?:\*\*|__|[*_\])]{0,3}:[*_]{0,2})(?=\s)",
    re.IGNORECASE,
)
"""A label that an item breaks something, in words of its own: `BC Break: …`, `**Format-Breaking:** …`."""
_MARK_BEHIND = re.compile(
    r"(?i)[\[(](?:(?P<breaks>breaking(?:[ -]changes?)?|bc[ -]break|(?-i:BC))|a[pb]i[ -](?:change|break)s?)[\])]"
)
"""A mark behind the words of an item: ``Change `lampURL` to use version 4 [API change]``."""
_GIVES_MORE = re.compile(rf"{LABEL_AND_AREA}(?:re-?)?(?:export|add|new|expose|support|introduc|provid)", re.IGNORECASE)
"""An item that only gives more, which its author marks as a change of an API too."""
_CHANGE_MARK = re.compile(
    r"[\W_]{0,4}(?:minor|small|slight|subtle|behaviou?r\w*|semantic|visible|api) changes?[*_\])]{0,3}:[*_]{0,2}\s+"
    r"(?!(?:add|allow|support|introduc|implement|improv|fix)\w*\b)",
    re.IGNORECASE,
)
"""A label that an item changes what was, in words of its own: `**Minor change**: …`."""
_REMOVING_CODE = re.compile(rf"{LABEL_AND_AREA}remove[sd]?\s+(?:(?:the|deprecated)\s+){{0,2}}`", re.IGNORECASE)
"""``Remove `pow10/0` as it has been deprecated in glibc 2.27`` removes a name of code."""
_REMOVING_DEPRECATED = re.compile(
    rf"{LABEL_AND_AREA}remove[sd]? (?:\w+ ){{1,3}}that (?:issued|emitted|raised|showed) deprecation warnings\b"
    rf"|{LABEL_AND_AREA}remove[sd]? (?:\w+ ){{0,2}}deprecated\b"
    r"(?! (?:\S+ ){0,6}(?:use|uses|usages?|calls?|imports?|warnings?|actions?|workflows?|syntax)\b)",
    re.IGNORECASE,
)
"""What is deprecated was for users: not `Remove deprecated usage of a library`."""
_REMOVED_DEPRECATED = re.compile(
    rf"{LABEL_AND_AREA}remove[sd]? .{{3,120}}\b"
    r"(?:deprecated (?:since|in)\b|(?:was|were|has been|have been) deprecated\b)"
    rf"|{LABEL_AND_AREA}retire[sd]? (?:the )?(?:[A-Z`]|legacy|old)",
    re.IGNORECASE,
)
"""`Removed the schema generation, which has been deprecated since 23.2`."""
_REMOVING_SETTING = re.compile(
    rf"{LABEL_AND_AREA}remove[sd]?\s+(?:(?:the|all|support for|deprecated|experimental|legacy|old|unused)\s+){{0,3}}"
    r"(?:`?(?:\w+ )?--[a-z][\w-]+|(?-i:`?[A-Z][A-Z\d]{1,30}_[A-Z\d_]{2,40})"
    r"|(?:`[^`\n]{2,60}`|[\w-]{2,30})\s+(?:\w+\s+){0,2}environment variables?\b"
    r"|`[^`\n]{2,60}`(?:(?:,| and| or) `[^`\n]{2,60}`){0,3}\s+(?:\w+\s+){0,2}"
    r"(?:flags?|options?|settings?|features?|targets?|platforms?|(?:sub)?commands?)\b)",
    re.IGNORECASE,
)
"""An item that takes a flag, setting or environment variable away: not `Remove the conflict between --a and --b`."""
_REMOVED_AT_END = re.compile(
    rf"(?i)[^.;:]{{0,100}}(?:\b(?:support|behaviou?rs?|api|aliases|alias|{KIND_OF_CODE})|`[^`\n]{{2,60}}`)"
    r" (?:has been |have been )?(?:removed|deleted)\W{0,3}(?:[(\[]|\Z)"
)
"""``Special `*` path behavior removed``: the verb is behind what is gone."""
_OF_OTHERS = re.compile(
    r"(?i)\bfrom (?:\S+ ){0,6}(?:commands?|calls?|invocations?|scripts?|tests?|docs?|documentation|workflows?|ci"
    r"|examples?|builds?|jobs?|pipelines?|dockerfiles?|makefiles?|readme)\b|\b[A-Z]+__[A-Z]"
)
"""What is removed where the project itself uses it: `Remove --client from the helm command`, a name of its own code."""
_DROPPING_BUILDS = re.compile(
    r"(?i)(?:drop|remov|discontinu|stop)\w* (?:\S+ ){0,3}(?:binaries|wheels|packages|images|installers) for \S"
)
_ENDING_ITEM = re.compile(
    rf"{LABEL_AND_AREA}(?:remove[sd]?|rm|drop(?:s|ped)?|delete[sd]?|expire[sd]?)\b"
    rf"(?! (?:\w+ )?(?:{NOT_MISSED}|extra|internal)\b)"
    r"(?!.{0,40}\b(?:bounds?|restrictions?|limitations?|constraints?)\b)",
    re.IGNORECASE,
)
_ENDING_CODE = re.compile(rf"{LABEL_AND_AREA}(?:remove[sd]?|drop(?:s|ped)?|delete[sd]?) (?:the )?`", re.IGNORECASE)
_RENAMING_ITEM = re.compile(rf"{LABEL_AND_AREA}rename[sd]?\b.{{1,80}}(?:\bto\b|->|→)", re.IGNORECASE)
_NAMED_API = re.compile(
    r"(?:\b(?:fns?|functions?|methods?|struct|class|trait|option|type|enum|field|argument|parameter|attribute|property)"
    r"|::|\(\))",
    re.IGNORECASE,
)
_ARROW = re.compile(r"`[^`\n]{2,60}` ?(?:->|→|=>) ?`[^`\n]{2,60}`")
"""Old and new name below a heading about changes: the new names of options."""
_JOINING_ITEM = re.compile(
    rf"{LABEL_AND_AREA}(?:consolidate|merge|fold|split)[sd]?\b.{{0,40}}`.{{1,100}}\binto (?:\w+ ){{0,3}}`",
    re.IGNORECASE,
)
_REMOVED_CODE = re.compile(
    r"(?:.{0,200}\. )?removed (?:(?:the|all|old|legacy|deprecated|obsolete|public|following|support for) ){0,3}`"
    r"|(?:.{0,80}) (?:is|are) now (?:private|internal)\b",
    re.IGNORECASE,
)
"""What notes in the past tense say of code that users had: ``Removed the `fmt_detail` namespace``."""
_REPLACING_ITEM = re.compile(rf"{LABEL_AND_AREA}replace[sd]?\b.{{1,80}}\b(?:with|by)\b", re.IGNORECASE)
_RAISING_ITEM = re.compile(
    rf"{LABEL_AND_AREA}(?:raise|throw)s?\b (?:an? )?(?:[\w`-]{{1,30}} ){{0,2}}(?:exceptions?|errors?)\b",
    re.IGNORECASE,
)

_CHANGE_HEADING = re.compile(r"(?i)chang(?:e|ed|es)(?: (?:since|in|from) v?\d[\w.]*)?|renam\w+.{0,80}")
"""A label or heading below which notes list what is not as it was: `[CHANGE]`, `Changed`."""
_INTERFACE_HEADING = re.compile(
    r"(?i)(?:public )?(?:api|abi|format|interface) changes?(?:: .{1,60})?|changed apis?|.{0,40}\bthe following changes"
)
"""A heading below which notes list what is not as it was, and no fix or internal change."""
_FEATURE_HEADING = re.compile(r"(?i)\bfeatures?\b")
_TOOL = (
    r"(?:python|cpython|pypy|node(?:\.?js)?|npm|ruby|jruby|php|golang|(?-i:Go)|rust(?:c)?|java|jdk|jre|kotlin|scala"
    r"|gradle|maven|django|rails|elixir|erlang|otp|phoenix|cmake|meson|gcc|clang|msvc|c\+\+\d\d|openssl|postgres(?:ql)?"
    r"|mysql|mariadb|sqlite|redis|kubernetes|docker|macos|ios|android|windows|linux|swift|xcode|\.net|glibc|numpy"
    r"|typescript|react|vue|vite|webpack|perl|lua|ghc|ocaml|zig|dart|flutter)"
)
_PACKAGE = r"(?!at\b|more\b|only\b|up\b|about\b)[A-Za-z][\w./@-]{1,40}"
_UPWARDS = r"(?:\+| (?:and|or) (?:above|up|newer|later|higher|upwards?|greater)\b)"
_RAISING = r"(?:bump|raise|increase|require|update|upgrade|set|move|change)(?:e?[sd]|ed)?"
_NEW_MINIMUM = re.compile(
    rf"{LABEL_AND_AREA}(?:\S{{1,20}} ){{0,2}}?{_RAISING}\b"
    rf"(?=.{{0,120}}\b(?:versions?|required|requirements?|supported|dependenc\w+|msrv"
    rf"|{_TOOL})\b).{{0,40}}\b(?:minimum|minimal|min|msrv)\b"
    rf"|{LABEL_AND_AREA}{_RAISING}\b.{{0,20}}\b{_TOOL}\b.{{0,30}}(?:\bat least|>=|\bor (?:newer|later|higher))"
    rf"|{LABEL_AND_AREA}{_RAISING} (?:the )?required {_TOOL}\b"
    rf"|{LABEL_AND_AREA}only supports? (?:for )?{_TOOL} v?\d"
    rf"|{LABEL_AND_AREA}(?:now )?requires? (?:at least |a minimum of |the )?{_TOOL}\b.{{0,20}}\d"
    rf"|{LABEL_AND_AREA}{_RAISING}\b (?:\S{{1,60}} ){{1,4}}(?:dependency |requirement |version )?to v?\d[\d.]*\+(?!\w)"
    rf"|{LABEL_AND_AREA}(?:supports?|requires?|requirements?): .{{0,80}}\b{_TOOL} v?\d[\d.]*\+"
    rf"|.{{0,80}}\bnow requires? (?:at least |a minimum of )?(?:{_TOOL}|(?-i:R))(?!\w).{{0,20}}\d"
    rf"|.{{0,80}}\b(?:to|and|will(?: soon)?|now) requires? (?:the )?{_TOOL}\b.{{0,40}}\d"
    rf"|{LABEL_AND_AREA}(?:now )?requires? (?:the )?[`\[]{{0,2}}{_PACKAGE}[`\]]{{0,2}}(?: versions?)?"
    r"\s?`?(?:(?:==?|>=?|~>|\^) ?)?v?\d[\d.]*(?![\w-]|.{0,20}\bfor\b)"
    rf"|.{{0,60}}\bnow requires? \[?`?{_PACKAGE}`?(?: versions?)? (?:>=? ?|v)?\d[\d.]*"
    rf"|{LABEL_AND_AREA}{_RAISING} (?:the )?(?:minimum|minimal) (?:\w+ ){{0,2}}to\b"
    rf"|{LABEL_AND_AREA}{_RAISING} (?:the )?(?:\S{{1,30}} ){{1,2}}(?:version )?requirement to [^\w<]?\d"
    r"|.{0,60}\b(?:minimum|minimal) (?:[\w.()`,-]{1,30} ){1,9}(?:has|have) been"
    r" (?:raised|increased|bumped|updated|lifted)"
    r"|.{0,60}\bmsrv (?:to |is |is now |of |= ?)?v?\d"
    r"|(?:the )?required (?:[\w.-]+ ){1,3}version is now\b|.{0,120}\bminimum required version (?:\w+ ){0,5}is \w"
    r"|.{0,60}\bmsrv (?:was |has been |is now )?(?:bumped|raised|increased|updated)\b.{0,30} to v?\d"
    r"|.{0,200}\b(?:minimum|minimal) (?:[\w.():`@/-]{1,40} ){0,5}(?:is|are) now\b"
    r"|.{0,60}\b(?:minimum|minimal) (?:\S{1,40} ){1,5}now \W{0,3}v?\d"
    r"|(?:the )?(?:minimum|minimal) (?:supported |required )?(?:[\w.`-]{1,30} ){1,3}versions? (?:is|are) `?v?\d"
    r"|.{0,60}\d[\d.]* (?:is|are) now the (?:minimum|minimal|oldest)\b"
    r"|.{0,60}\bnow requires? (?:[\w.():`@/-]{1,40} ){1,6}"
    r"(?:v?\d[\d.]* or (?:later|newer|higher|above)|version (?:of )?v?\d)"
    r"|(?:the )?msrv (?:is|was|has been) "
    rf"|(?:[\w.-]+ ){{0,3}}(?:will |now ){{0,2}}(?:only supports?|supports? only) {_TOOL} v?\d[\d.]*{_UPWARDS}"
    rf"|{_TOOL} v?\d[\d.]*{_UPWARDS} (?:is|are) (?:now )?required\b",
    re.IGNORECASE,
)
_ENDED_MINIMUM = re.compile(
    rf"{LABEL_AND_AREA}{_RAISING}\b.{{0,40}}\b(?:minimum|at least|>=|or (?:newer|later))", re.IGNORECASE
)
"""An item below `Deprecations and removals` that raises a minimum."""
_NO_MINIMUM = re.compile(
    r"(?i)\bminimum (?:\w+ )?(?:zoom|width|height|size|length|level|number|distance|value|delay|interval|time|rate)\b"
    r"|\bminimum\b.{0,60}\bwill be\b|\bminimum (?:\S+ ){0,4}(?:checks?|tests?)\b|\bdefault minimum\b|\bacross ci\b"
    r"|\b(?:reduc|lower|decreas|relax|downgrad)\w* (?:the )?(?:\w+ ){0,2}(?:msrv|minimum|minimal|required)\b"
    r"|\b(?:pyupgrade|ruff|mypy|black|pre-commit|eslint|rubocop|phpstan)\b"
)
"""A minimum of something else, or one of the future: `Upgraded minimum versions will be in minor releases`."""

_CHANGED_DEFAULT = re.compile(
    rf"{LABEL_AND_AREA}(?:mak(?:e|es|ing) (?!the default)(?:\S{{1,60}} ){{1,6}}?(?:the )?(?:new )?default\b"
    r"|mak(?:e|es|ing) (?:the )?defaults? (?:\S{1,60} ){0,4}(?:to )?be\b"
    r"|(?:chang|switch)(?:e|es|ed|ing)? (?:the |its )?(?:\S{1,60} ){0,3}defaults?\b"
    r"|(?:adjust|increas|decreas|rais|lower|reduc|bump|set)(?:e|es|ed|s|ing)? (?:\S{1,60} ){0,4}defaults? .{0,60}"
    r"\b(?:to|from)\b"
    r"|change[sd]? `[^`\n]{0,30}default[^`\n]{0,30}` (?:from|to)\b"
    r"|defaults? to \S|remov(?:e[sd]?|ing) (?:the )?default (?:\S{1,40} ){1,3}(?:for|from|of|in)\b"
    r"|default(?:s|ed)? (?:the )?\S{1,60} (?:\S{1,60} ){0,3}?to (?:[`'\"\d]|(?:true|false|none|null|on|off)\b)"
    r"|(?:enable|disable|use|turn (?:on|off))[sd]? .{1,60} by default\b"
    r"|use[sd]? (?:\S{1,40} ){1,4}as (?:the |its )?(?:new )?default\b"
    r"|(?:enable|disable)[sd]? (?:the )?default\b"
    r"|(?:do(?:es)? not|don['’]t|no longer|stop(?:ped|s)?) \w+ .{1,60} by default\b"
    r"|(?:raise|increase|lower|reduce|decrease|bump|set|change)[sd]? .{1,60} to \S{1,40} by default\b"
    r"|(?:[\w`.-]{1,40} ){1,5}(?:enabled|disabled) by default(?:\W*\Z|[.,;] ))"
    r"|.{3,160}\bnow\b[^.;]{1,100}\b(?:instead of|rather than)\b[^.;]{1,40} by default\b|.{3,200}\bby default now\b"
    r"|.{3,120}\bnow (?:has|have) a default (?:value )?of\b"
    r"|.{3,120}\b(?:is|are) (?:now by default|by default now) (?:enabled|disabled|on|off)\b"
    r"|.{3,120}\b(?:is|are) by default (?:enabled|disabled|on|off) now\b"
    r"|.{3,60}\bnow (?:has|have) [^.;]{3,80} (?:enabled|disabled) by default\b"
    r"|.{3,120}\b(?:is|are) now set to [`'\"\w]\S{0,40} (?:by default|in (?:the|all) defaults?)\b"
    r"|.{0,120}\b(?:is|are) now (?:the default|(?:enabled|disabled|on|off|set|used|installed|true|false) by default"
    r"|opt-(?:in|out))\b|.{0,120}\b(?:is|are) no longer (?:the default|(?:\w+ ){1,2}by default)\b",
    re.IGNORECASE,
)

_OTHER_BEHAVIOUR = re.compile(
    r"(?i)\b(?:(?:is|are|will) now|now (?!has\b|have\b|support|includ|offer|add|allow|correctly|properly)[a-z]+)\b"
    r".{1,250}\b(?:instead of|rather than)\b"
    r"(?! (?:(?:return|rais|throw|produc)ing an? (?:\w+ )?(?:error|exception)|(?:fail|crash|panic|abort|hang)))"
    r"|\b(?:is|are|will) no longer\b(?! (?:\w+ )?(?:required|needed|necessary)\b)|\buses .{1,80}\binstead of\b"
    r"|\b(?:is|was|are|were|has been|have been)? ?moved? from [`'\"].{1,60} to [`'\"]|\bmoves from `.{1,60} to `"
    r"|\bnow returns? `.{1,60}\((?:was|were|instead of)\b"
    r"|\A(?!.*\b(?:fix|if|when|only)\b)[^.;,]{5,120}, not (?:to |in |from |on |by |as )?[`\w-]+\W*\Z"
)
"""What an item below `Changed` says of a behaviour that is another one: `Paths are now read from x instead of y`."""
_OTHER_USE = re.compile(
    r"(?i).{0,60}`[^`]{2,60}` (?:\w+ ){0,2}now (?:accepts?|takes?|expects?|requires?|returns?)\b[^:;]{1,150}"
    r"\b(?:instead of|rather than)\b"
    r"|(?i:.{0,60}`[^`]{2,60}` (?:\w+ ){0,2}now requires? (?!no\b))"
    r"|(?i:.{0,120}(?<!\bcan )\bnow (?!support|includ|allow|accept|offer)[a-z]+ (?:[^.;:]|\.(?=\w)){0,60}`[^`]{2,60}`"
    r" (?:instead of|rather than) (?:the )?(?:\w+ )?`)"
    rf"|(?i:{LABEL_AND_AREA}move[sd]? .{{1,60}} (?:in)?to (?:the |an? |its )?(?:new|own|separate) (?:[\w-]+ )?"
    r"(?:(?:nuget-)?packages?|modules?|crates?|gems?|library|plugins?|namespaces?)\b)"
    r"|(?i:[^.;:]{3,80} (?:is|are) now (?:required|mandatory|sealed|final|abstract|immutable|read-?only"
    r"|non-exhaustive)\b)"
    r"|(?i:[^.;:]{3,120} (?:is|are) (?:now )?keyword[- ]only\b|make .{3,120}\b(?:kwarg|keyword|positional)[- ]only\b)"
    r"|(?i:.{0,80}`[^`]{2,60}` no longer impl(?:y|ies)\b)"
    r"|(?i:[^.;:]{3,80}(?<!\bthat) now requires? (?:an?|the|that|all|explicit\w*|either|both) (?!new\b))"
    r"|(?i:[^.;:]{3,120} (?:is|are) now (?:located|found|shipped|distributed|published|provided) (?:in|as|by) "
    r"(?:an?|its|their|the) (?:\w+ ){0,2}(?:packages?|modules?|crates?|gems?|library|namespaces?|artifacts?|jars?"
    r"|repositor(?:y|ies))\b)"
    r"|(?i:[^.;:]{3,120} (?:is|are) now (?:located |found )?in (?:a )?(?:different|separate|new|its own|their own) "
    r"(?:\w+ )?(?:packages?|modules?|crates?|gems?|library|namespaces?|artifacts?|jars?|files?)\b)"
    r"|(?i:.{0,100}\bmust now (?:be|have|use|implement|provide|return|include|start|match)\b)"
    r"|(?i:change[sd]? .{0,10}`[^`\n]{2,80}`[^`.;]{0,40}\bto (?:require|take|expect|return|be|convert|accept only"
    r"|use|default|throw|raise|produce|emit)\b)"
    r"|(?i:chang(?:e|es|ed|ing)(?: (?:of|in|to))? (?:the )?(?:semantics?|behaviou?r|meaning)\b(?! tests?\b)"
    r"(?!.{0,120}\b(?:docs?|documentation|fix\w*)\b))"
    r"|(?i:.{0,10}`[^`\n]{2,80}` (?:\w+ ){0,2}(?:is|are) now an? `[^`\n]{2,60}`)"
    r"|(?i:.{0,10}`[^`\n]{2,80}` now returns? (?:an? )?`)"
    r"|(?i:(?:\w+ )?a[pb]i change: )|(?i:.{0,60}\bis now (?:pure |an? )?ESM(?:[- ](?:only|first))?\b)"
    r"|(?i:(?:\w+ )?`[^`]{2,60}` (?:returns?|implements?) .{1,60}\b(?:instead of|rather than)\b)"
    r"|(?i:.{0,40}`[^`]{2,60}` (?:is|are) now (?:an? )?[\w`-]+ (?:instead of|rather than)\b)"
    r"|(?i:.{0,80}`[^`]{2,60}` (?:is|are) now mutually exclusive\b)"
    r"|(?i:.{0,120}\bchanged (?:to|from) .{0,60}`.{1,60}\binstead of\b)"
    rf"|(?i:.{{0,60}}`[^`]{{2,60}}` (?:{KIND_OF_CODE} )?(?:has been|have been|is|are|was) (?:now )?moved (?:in)?to"
    r" (?:the |an? )?(?:(?:new|own|separate|`[^`]{2,60}`) ){0,3}"
    r"(?:packages?|modules?|crates?|gems?|library|plugins?|namespaces?|extensions?)\b)"
)
"""How something of code is used in another way: ``The `a` command now accepts flags instead of arguments``."""
_OTHER_SETTING = re.compile(
    r"(?i)use[sd]? .{0,60}(?:--[a-z][\w-]+|(?-i:[A-Z][A-Z\d]+_[A-Z\d_]+)).{0,80}\binstead of\b.{0,40}"
    r"(?:--[a-z][\w-]+|(?-i:[A-Z][A-Z\d]+_[A-Z\d_]+))"
)
_OTHER_SIGNATURE = re.compile(
    rf"{LABEL_AND_AREA}(?:(?:refactor|chang|mak|switch|convert|adapt)\w* .{{1,120}}\b(?:instead of|rather than)\b"
    r"|chang\w* (?:the )?(?:parameters?|arguments?|signatures?|(?:return )?types?) (?:for|of|to|in) )",
    re.IGNORECASE,
)
"""An item below `Changed` about a type or signature: ``Refactor `Names` to return `A` instead of `B```."""
_ENDED_BEHAVIOUR = re.compile(
    rf"{LABEL_AND_AREA}no longer (?!crash|fail|hang|leak|panic|deadlock|loop|corrupt|requir|need|warn|show|print)\w+",
    re.IGNORECASE,
)
_REQUIRING_ITEM = re.compile(rf"{LABEL_AND_AREA}requires? (?!no\b)\w", re.IGNORECASE)
_REFUSING_ITEM = re.compile(
    rf"{LABEL_AND_AREA}(?:forbid|disallow|prohibit|reject|refuse|enforce)(?:s|den|e?d)?\b", re.IGNORECASE
)
_NEW_ERROR = re.compile(
    rf"(?i)\A{LABEL_AND_AREA}(?:raise|throw)s? (?:an? )?`?(?-i:[A-Z]\w*(?:Error|Exception|[a-z]ed))`?"
    r"(?: exception| error)? (?:if|when|on|for)\b"
    r"|\braises? `?\w+(?:Error|Exception)`?.{0,160}\binstead of (?:silently )?\w+ing\b"
    r"|\braises? an error .{0,20}instead of (?:silently )?\w+ing\b"
    r"|\bchange[sd]? .{1,100}\bto (?:raise|throw|panic|return an error|error)\b(?! (?:an? )?(?:more|better|proper))"
    r"|`[^`\n]{2,60}` now enforces?\b|\bnow (?:rejects?|refuses?|disallows?|forbids?)\b"
    r"|\bwill now (?:raise|throw) :exc:`"
    rf"|\A{LABEL_AND_AREA}(?:reject|disallow|forbid)s? (?:[\w-]+ ){{0,5}}`|(?:\A| and )errors? (?:on|when|if|for) \w"
    r"|\bwill now (?:raise|throw) an? (?:\S+ ){0,3}(?:exception|error)\b(?! messages?\b)"
    r"|\b(?:will )?now (?:returns?|exits?) (?:with )?(?:a |an )?non-?zero\b"
)


def find_stated_kind(document: ParsedDocument, item: NoteItem) -> ConsequenceKind | None:
    """Return what the words of an item of notes say that it does to something; None for other words.

    Of an entry its heading says it: `### Enable `--strict` by default`, with prose below.
    """
    if document.sections[item.section].entry is not None and item.kind not in {"fixes", "security"}:
        entry = item.model_copy(update={"text": item.heading, "heading": "", "label": ""})
        if kind := _find_words_kind(entry.text, entry) or _read_entry_heading(plain_item(entry.text)):
            return kind
    return _find_words_kind(document.sentences[item.sentences[0]].text, item)


_NEW_BEHAVIOUR = re.compile(r"(?i)(?:new|changed?|different) (?:default )?behaviou?r\b")


def _read_entry_heading(heading: str) -> ConsequenceKind | None:
    """Return what the heading of an entry says that it takes away or changes for users."""
    if drops_support(heading):
        return "breaking"
    if REMOVING_ITEM.match(heading) and heading.startswith("Remov"):
        return "removed"  # `Less: Remove spaces behind a brace` is a change of what is written
    return "compatibility" if _NEW_BEHAVIOUR.match(heading) else None


def _read_marks(raw: str, text: str) -> ConsequenceKind | None:
    """Return what the mark in front of an item or behind it says that it does; None without one.

    Args:
        raw: the item.
        text: the item, as `plain_item` gives it.
    """
    if BREAKING_LABEL.match(raw):
        return "breaking"
    if _DEPRECATION_MARK.match(raw):
        return "deprecated"
    mark = _MARK_BEHIND.search(raw)
    if mark is None or (not mark["breaks"] and _GIVES_MORE.match(text)):
        return None
    return "breaking" if mark["breaks"] else "compatibility"


def _find_words_kind(first_sentence: str, item: NoteItem) -> ConsequenceKind | None:
    """Return what the words of an item say; None for other words.

    Args:
        first_sentence: its first sentence.
        item: the item.
    """
    text = plain_item(item.text)
    if marked := _read_marks(item.text, text):
        return marked
    if _CHANGE_MARK.match(item.text):
        return _find_open_change(plain_item(_CHANGE_MARK.sub("", first_sentence)), item, is_change=True) or (
            "compatibility"
        )
    first = plain_item(first_sentence)
    is_minimum = bool(_NEW_MINIMUM.match(first)) and not _NO_MINIMUM.search(first)
    is_unseen = bool(UNSEEN_HEADING.search(item.heading))
    is_about_words = bool(ADDING_ITEM.match(first) or DESCRIBING_ITEM.match(first))
    if is_minimum and not is_about_words and (not is_unseen or "build" in item.heading.casefold()):
        return "new_minimum"
    name = (item.label or item.heading).strip()
    is_change = bool(_CHANGE_HEADING.fullmatch(name.strip(" :")))
    if _CHORE_OF_CODE.match(text):
        return "deprecated" if "deprecate" in text.partition("`")[0].casefold().split() else "removed"
    ends = None if _UNSEEN_AREA.match(text) else _find_ended(text, item, is_change=is_change)
    if ends or item.kind == "fixes" or is_unseen or is_about_words or _UNSEEN_AREA.match(text):
        return ends
    return _find_open_change(first, item, is_change=is_change)


def _find_ended(text: str, item: NoteItem, *, is_change: bool) -> ConsequenceKind | None:
    """Return whether an item takes something away or deprecates it, by its words; arguments as `_says_removed`."""
    if _says_removed(text, item, is_change=is_change):
        return "removed"
    return "deprecated" if _DEPRECATING_ITEM.match(text) else None


def _says_removed(text: str, item: NoteItem, *, is_change: bool) -> bool:
    """Return whether an item takes something away that users had, by its words.

    Args:
        text: the item, as `plain_item` gives it.
        item: the item.
        is_change: whether it is below a heading about changes, or has such a label.
    """
    is_unseen = bool(UNSEEN_HEADING.search(item.heading))
    if _OF_OTHERS.search(text[:160]):
        return False
    if _REMOVING_CODE.match(text) and re.search(r"(?i)\bdeprecat", text):
        return item.kind != "performance"
    if (is_change and REMOVING_ITEM.match(text)) or _REMOVING_SETTING.match(text):
        return True
    if item.kind in {"fixes", "performance"} or is_unseen:
        return False
    if _REMOVED_DEPRECATED.match(text):
        return True
    rest = _drop_area(text)
    drops_builds = item.kind == "other" and (drops_platform(rest) or _DROPPING_BUILDS.match(rest))
    return bool(drops_builds or _REMOVING_DEPRECATED.match(text) or _REMOVED_AT_END.match(text))


def _find_open_change(first: str, item: NoteItem, *, is_change: bool) -> ConsequenceKind | None:
    """Return what an item below a heading that does not say it changes for users; None for other items.

    Args:
        first: its first sentence, as `plain_item` gives it.
        item: the item.
        is_change: whether it is below a heading about changes, or has such a label.
    """
    if _CHANGED_DEFAULT.match(first):
        return "changed_default"
    if _NEW_ERROR.search(first) or (is_change and _REFUSING_ITEM.match(first)):
        return "now_error"
    is_interface = bool(_INTERFACE_HEADING.fullmatch(item.heading.strip(" :")))
    if found := _find_change(first, item):
        return found
    is_general = item.kind in {"other", "what", "summary", "user_facing"} or is_change
    whole = plain_item(item.text)
    if is_general and not item.label.startswith("fix") and _REMOVED_CODE.match(whole) and not _INTERNAL.search(whole):
        return "removed"
    requires = is_interface and _REQUIRING_ITEM.match(first)
    behaves = _OTHER_BEHAVIOUR.search(first) or _OTHER_SETTING.match(first) or _ENDED_BEHAVIOUR.match(first)
    behaves = behaves or _OTHER_SIGNATURE.match(first)
    is_other = (requires or ((is_change or is_interface) and behaves)) and not _PRIVATE_NAME.match(first)
    is_ended = item.kind in {"other", "what"} and _ENDED_DUTY.match(whole) and find_sign(whole) is None
    is_used = _OTHER_USE.match(first) and not _PRIVATE_NAME.match(first)
    return "compatibility" if is_other or is_ended or is_used else None


_PRIVATE_NAME = re.compile(r"[^`\n]{0,40}`(?:[\w]+\.)*_(?!_)\w+`")
"""An item about a name that a project keeps for itself: ```lamp._Map` is now a `Sequence```."""

_ENDED_DUTY = re.compile(
    r"(?i)(?!.{0,120}\b(?:more|less|better) \w+ and no longer\b)"
    r".{0,20}`[^`\n]{1,60}`.{0,80}\bno longer (?!need|requires?\b|has to\b|have to\b).{1,160}"
    r"\b(?:must|has to|have to|needs? to|instead)\b(?! of\b)"
)
"""What code no longer does, and what has to be done instead."""

_INTERNAL = re.compile(
    rf"(?i)removed (?:\w+ ){{0,3}}(?:{NOT_MISSED}|private|internal)\b"
    r"|\b(?:trait|type|lifetime) bounds?\b"
    r"|\b(?:dependency|dependencies|in tests|from (?:the )?(?:tests?|docs?|documentation|readme))\b"
)
"""What is removed without anybody missing it."""


def _find_change(text: str, item: NoteItem) -> ConsequenceKind | None:
    """Return what an item does that takes something away from an interface, by its heading; None for other items.

    Below `Changes` items are internal too, but for the name of something that users write.
    """
    heading = item.heading.strip(" :")
    is_interface = bool(_INTERFACE_HEADING.fullmatch(heading))
    is_feature = item.kind == "features" and bool(_FEATURE_HEADING.search(heading))
    if says_renamed(text):
        return "removed"
    names_code = bool(_NAMED_API.search(text) or (item.label == "change" and _ENDING_CODE.match(text)))
    is_below_change = bool(_CHANGE_HEADING.fullmatch(heading) or item.label == "change")
    is_change = is_below_change and names_code
    takes_away = REMOVING_ITEM.match(text) or _ENDING_CODE.match(text)
    if is_feature and takes_away and _ENDING_ITEM.match(text) and not _INTERNAL.search(text):
        return "removed"
    renames = _RENAMING_ITEM.match(text) or ((is_interface or is_change) and _REPLACING_ITEM.match(text))
    joins = (is_below_change or is_interface) and (_JOINING_ITEM.match(text) or _ARROW.search(text))
    if joins or ((is_interface or is_change) and (_ENDING_ITEM.match(text) or renames)):
        return "removed"
    return "now_error" if is_interface and _RAISING_ITEM.match(text) else None


def find_ending(item: NoteItem) -> ConsequenceKind | None:
    """Return what an item below `Deprecations and removals` is; None where its words do not say it."""
    text = drop_reference(item.text)
    if _ENDING_ITEM.match(text):
        return "removed"
    return "new_minimum" if _ENDED_MINIMUM.search(text) else None


_CHANGESET_HEADING = re.compile(r"(?:Minor|Patch) Changes")
_CHANGESET_ITEM = re.compile(r"[-*] (?:\[#\d+\]\([^)\s]{1,300}\) )?(?:\[`[0-9a-f]{7,40}`\]|[0-9a-f]{7,40}: )")


def is_major_change(document: ParsedDocument, item: NoteItem) -> bool:
    """Return whether an item is a major change of a changeset: its author says that it breaks something.

    Elsewhere `Major changes` are large ones.
    """
    if item.heading != "Major Changes":
        return False
    line_start = document.source.text.rfind("\n", 0, item.start) + 1
    if document.source.text[line_start].isspace():
        return False  # the lists in an item explain it
    is_changeset = bool(_CHANGESET_ITEM.match(document.source.text, line_start))
    return is_changeset or any(_CHANGESET_HEADING.fullmatch(section.heading) for section in document.sections)


def _drop_area(text: str) -> str:
    return re.sub(r"^(?:[\w./-]{1,30}: ){1,2}", "", text)
