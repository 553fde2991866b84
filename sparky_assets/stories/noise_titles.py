"""Titles of changes that are never a story by themselves, as patterns by their class. `noise.py` reads them."""

import re

from sparky_assets.metrics.classify import DEPENDENCY_PATTERN
from sparky_assets.stories.models import NoiseClass
from sparky_assets.text.upgrades import NAMED_TOOL

_PACKAGE = r"[\w@./`'\"*-]{1,80}"

_RELEASE_VERSION = r"(?:of |for )?[a-z@/-]*v?\d+\.\d+\S*"

_TITLE_PATTERN_TEXTS: tuple[tuple[NoiseClass, str], ...] = (
    (
        "merge",
        r"^merge(?:d)? (?:branch|branches|remote|tag|commit|pull request|main|master|upstream|origin)\b"
        r"|^(?:sync|rebase|reconcile)(?: [\w`/-]+)? (?:with |from |on |onto |after merge to )?"
        r"[`'\"]?(?:main|master|upstream)\b"
        r"|^\w+ for a? ?merge$"
        r"|^(?:fix|resolve|solve)\w* (?:(?:the|some|git) )?(?:merge )?conflicts?(?: (?:with|from|in|after) .{0,60})?$"
        r"|^merge (?:the )?[\w./-]{1,40} (?:branch )?(?:in)?to (?:main|master|trunk|develop\w*|[\w-]+/[\w./-]+"
        r"|v?\d[\w.]*)$"
        r"|^(?:merge|bring|(?:back|forward)-?port) (?:back )?(?:release )?"
        r"(?:v?\d+\.\d+\S*|['\"‘`][\w./-]{1,60}['\"’`]) (?:changes )?(?:back )?(?:to|into|in) (?:the )?\S+(?: branch)?$"
        r"|^(?:squashed '[^']{1,80}' (?:content|changes) from (?:commit\b|[0-9a-f]{7,40}\.\.)"
        r"|add '[^']{1,80}' from commit\b)",
    ),
    (
        "initial",
        r"^(?:(?:the )?(?:initial|first) (?:commit|import|check-?in|upload|version|project setup)|init"
        r"|initialize (?:the )?(?:repo(?:sitory)?|project))\W*$|^initial commit\b|^init(?:iali[sz]ed?)? from \S+$",
    ),
    (
        "wip",
        r"^(?:\[?wip\b|fixup!|fix-?up(?: -|:)|squash!|amend!|work in progress|checkpoint|save ?point|tmp\b|temp\b)"
        r"|^[\w.-]*$"
        r"|^\w{1,20}\([^()]{0,60}\)$|^(?:fix(?:e[sd])?(?: for)?|closes?|resolves?|issue) #\u200b?\d+\W*$"
        r"|^(?:\w+ )?(?:pull request|pr|(?:bug ?)?fix(?:es)?|patch|updates?|part|step|phase) #?\u200b?\d+\W*$"
        # The titles that GitHub proposes for an edit in the browser: `Create dependabot.yml`.
        r"|^(?:create|update|delete|rename) [\w./@-]{1,80}\.(?:ya?ml|mdx?|json|toml|txt|rst|adoc|lock|cfg|ini|xml"
        r"|html?|css|h|hpp|c|cc|cpp|py|rb|go|rs|java|kt|swift|php|sh|bat|ps1|gradle|cmake|sql)(?: to [\w./@-]{1,80})?$"
        r"|^(?:fix\w* )?(?:the )?fall-?out (?:from|of) [`']?[0-9a-f]{7,40}|^(?:edit|modify|touch)\w* [\w./-]+\.\w{1,5}$"
        r"|^\w+ \w+, part \d+$|^thank(?:s| you)\b|^(?:a )?few (?:more )?fixes\b"
        r"|^(?:address|apply|fix)(?:e[sd]|ing|ied)? (?:\w+ ){0,3}(?:review(?:er)?(?:['’]?s['’]?)?|pr)(?: review)?"
        r" (?:comments?|feedback|notes?|suggestions?)\W*$"
        r"|^(?:apply|accept)\w* (?:\w+ )?suggestions? from (?:code )?review"
        r"|^(?:(?:other|various|misc(?:ellaneous)?|several|some|minor|small|general|many|more) ){1,3}"
        r"(?:(?:code|docs?|documentation|tests?|ci|ui|internal|bug|performance|typing|type|hints?|style|build|refactorings?"
        r"|improvements|updates|fixes|changes|and|&) ){0,4}"
        r"(?:improvements?|fixes|changes|clean-?ups?|tweaks|refactorings?|updates)\W*$"
        r"|^fix(?:e[sd])? (?:(?:some|a few|minor|small|various|several|misc\w*|more|other) ){1,2}"
        r"(?:mistakes|bugs|issues|errors|problems|things|stuff|nits)\W*$"
        r"|^(?:some|various|small|minor|misc\w*) (?:code )?improvements? (?:of|to|in)"
        r" (?:the )?(?:code|comments?)\b.{0,60}$"
        r"|^(?:documentation|docs|code|tests?|ci|build|internal|typing) "
        r"(?:improvements?|fixes|updates|clean-?ups?|tweaks|changes|refactorings?)\W*$"
        r"|^(?:update|improve|fix|polish|tweak|refresh)\w* (?:the )?"
        r"(?:docs|documentation|readme(?:\.\w{2,3})?|(?:readme )?badges?|examples?|comments?|tests?|website|linting"
        r"|logo|(?:\w+ )?(?:header|hero|banner|callout|logo|readme|cover|social|preview|splash) images?|banners?"
        r"|screenshots?)\W*$"
        r"|^(?:add|update|fix)\w* (?:an? )?links? to (?:the |an? )?"
        r"(?:article|video|blog(?: post)?|podcast|talk|interview)s?$"
        r"|^(?:improve error handling|eliminate superfluous code|update tools|clean ?up|code clean-?ups?)\W*$"
        r"|^rename (?:\w+ )?(?:identifiers|variables|functions|methods|constants)$"
        r"|^(?:initiali[sz]e|rename|move|remove|tidy|clean up|rework|adjust|correct) (?:\w+ )?(?:things|stuff)\W*$"
        r"|^(?:some )?(?:more|further) (?:\w+ )?work on\b|^continu(?:e|ed|ing) (?:(?:the|to|with) )?work(?:ing)? on\b"
        r"|^\[?clean-?ups?\]?:? (?:misc\w*|bits|stuff|things)\W*$|^follow-?ups? (?:on|to|for|of) #?\d+$",
    ),
    (
        "generated",
        r"^re-?generate\w* (?:the )?\S+\.(?:md|json|lock|txt|rst|html)$"
        r"|^auto[- ]?updates? (?:files|docs|assets|metadata)?$"
        r"|^(?:update|rebuild|re-?compile|re-?generate)\w* (?:the )?"
        r"(?:(?:js|css|static|built|compiled) )?(?:assets|dist|bundles?|snapshots|fixtures)$"
        r"|^(?:add|update|sync|fix|complete|improve)\w* (?:missing )?(?:[A-Z]\w+,? (?:and )?){1,4}translations?\b"
        r"|^(?:update|sync|refresh|pull|fetch)\w* (?:the )?(?:new )?(?:translations?|locales?)(?: (?:from|with) \w+)?$"
        r"|^(?:sync|update|fix|enhance|improve)\w* .{1,60}\btranslations?$"
        r"|^(?:(?:add|updat)\w* )?translat(?:ed|ions?)\b.{0,40}\b(?:weblate|crowdin|transifex|pontoon|lokalise)\b",
    ),
    ("submodule", r"^(?:bump|update|sync|advance|roll|upgrade)\b.{0,60}\bsubmodules?\b"),
    (
        "version_bump",
        r"^(?:bump(?:ed|s|ing)?|set|update|increase|increment|prepare|advance)(?: the)?(?: \w+){0,2} version\b"
        r"(?! (?:of|in|for|check|comparison|number of)\b)"
        r"|^bump(?:ed|s|ing)? (?:to )?v?\d+\.\d+\S*$"
        r"|^(?:bump|prepare)(?: for)?(?: the)?(?: next)? (?:to |release |dev(?:elopment)? |v?\d)"
        r"|^bump \[[^\[\]]{2,12}\]$|^version bump(?: (?:to|for) \S+)?$"
        r"|^(?:designate|announce|finali[sz]e|draft) (?:the )?v?\d+\.\d+\S*(?: release)?$"
        r"|^(?:update|bump) (?:the )?(?:previous|last) (?:\w+ )?release(?: to)? v?\d"
        r"|^(?:(?:last|final|some|more) )?(?:fixes|changes|tweaks) (?:before|for) (?:the )?(?:release|v?\d[\d.]*)$"
        r"|^(?:revert|undo)\w* (?:the )?(?:release )?version (?:changes?|bumps?)$"
        r"|^(?:fix|correct)\w* (?:the )?(?:dev )?version(?: number)?(?: to)? v?\d+\.\d+\S*$"
        rf"|^(?:\w+ )?(?:release|version|tag|cut)[: ]+{_RELEASE_VERSION}$|^v?\d+\.\d+\S*$"
        r"|^releas(?:e|ed|ing) [\w@/.-]+ v?\d+\.\d+\S*(?:(?:,|,? and| &) [\w@/.-]+ v?\d+\.\d+\S*){0,20}$"
        r"|^[A-Z_]{3,30} ?(?:->|=>|=|to) ?v?\d+(?:\.\d+)+$"
        r"|^mark(?:ed|s)? v?\d+\.\d+\S*(?: release| as released?)?$"
        r"|^(?:update|bump)\w* (?:the )?citation(?:\.cff)?\b(?: for .{1,40})?$|^v?\d+\.\d+\S* (?:release|changes)$"
        r"|^next (?:\w+ )?(?:version|iteration)\b(?: \(?v?\d\S*)?$"
        r"|^\d{4}\.\d{2}\.\d{2},? version \S+(?: \(\w+\))?$|^now working on (?:version )?v?\d\S*$"
        r"|^[-*] v?\d+\.\d+\S*$|^(?:version )?v?\d+\.\d+\S* placeholder$"
        r"|^(?:post-release|back to (?:dev|work|snapshot)|start(?:ing)? (?:development|work) (?:on|of|for)|begin v?\d)"
        r"|^(?:prepare[ds]?|preparing|update for)(?: the| for)*(?: next| new| patch| minor| \S+)? release\b"
        r"|^update .{0,40} for (?:the |\w+ )?v?\d+\.\d+\S* release$"
        r"|^bump(?: to| for)? (?:the )?(?:dev(?:elopment)? ?)?(?:version|release|$)|\bpatch release$"
        r"|^prepare [\w.@/-]{2,40} v?\d+\.\d+\S*$|^version packages\b(?: \([\w .-]{1,40}\))?$"
        r"|^releas(?:e|ed|ing) (?:[^\w\s]{1,4} )?v?\d+\.\d+\S*$"
        r"|^(?:enter|exit)(?:s|ed|ing)? pre-?(?:release)? ?mode$"
        r"|^(?:[\w.-]{2,30} ){1,2}v?\d+\.\d+\.\d+\S*$|^prepare(?: \w+){1,2} for v?\d|^re-?open (?:main|master|trunk)\b",
    ),
    (
        "dependency",
        rf"(?:{DEPENDENCY_PATTERN.removeprefix('(?i)')})"
        r"|^(?:(?:various|several|some|misc(?:ellaneous)?|other|minor|many|more|all|regular|routine) )*"
        r"(?:dependenc(?:y|ies)|deps?) (?:updates?|upgrades?|bumps?|refresh)\W*$"
        r"|^(?:upgrade|update|bump|downgrade)\w* to (?:(?-i:[A-Z])[\w.-]{1,30} ){1,4}v?\d[\w.-]*$"
        r"|^(?:un)?pin\w* (?:the )?(?:docs?|tests?|build|ci|dev) \w+$"
        r"|^(?:update|bump|apply) (?:all )?(?:minor|patch|major)(?:(?:/|, | and | & )(?:minor|patch|major))* "
        r"(?:updates?|dependenc(?:y|ies)|versions?|packages?)$"
        r"|^dependenc(?:y|ies) (?:tidy|clean)[- ]?\w*$"
        r"|^combined? (?:\w+ ){0,2}(?:dependenc(?:y|ies)|deps?|dependabot|renovate)"
        r"(?: (?:prs?|pull requests?|updates?))?\W*$|^\[(?:dev[- ]?|peer )?deps\] "
        r"|^(?:add|restore|include)\w* (?:the |a )?missing [\w@/.-]+ (?:package|dependency|dep|crate|gem)s?$"
        r"|^(?:switch|migrat|mov)\w* (?:(?:from|over|back) \S{0,60} ?)?"
        r"to (?:github\.com|gopkg\.in|golang\.org)/\S+(?: for .+)?$"
        r"|^(?:bump|upgrade|update|refresh)\w* (?:(?:all|the|go|npm|cargo|python|node|ruby|composer) ){1,3}"
        r"(?:modules|packages|crates|gems|libraries)$"
        r"|^automatic (?:rustup|(?:\w+ ){0,2}(?:update|sync|bump|roll|upgrade))$"
        r"|^(?:bump|upgrade|update|pin|unpin)(?:s|d|ed|ned)?\b.{0,80}\bdep(?:endenc(?:y|ies)|s)\b"
        rf"|^(?:security )?(?:bump|upgrade|updat|downgrad|pin)(?:e|ing|ed)? (?:to )?{_PACKAGE}"
        r"(?: (?:crate|package|gem|image|dependency|action|version|apis?|sdk|client|(?:docker )?(?:digest|tag)))?"
        r" (?:from \S+ )?(?:to )?(?:version |the latest|latest|[`'\"]?v?\d|[0-9a-f]{7,40}\b).{0,60}$"
        r"|^(?:deps?: )?@?[\w./-]{2,60}@[\^~]?v?\d[\w.+-]*$"
        r"|^update (?:[\w@./-]{1,60} )?monorepo\b(?! \w)|^update dependency [\w@./-]{1,80}\b"
        r"|^deps?: (?:update|bump|upgrade|pin|downgrade)\b|^lock file maintenance\b"
        rf"|^{_PACKAGE}: (?:update|bump|upgrade) to v?\d"
        r"|^(?:go\.(?:mod|sum)|cargo\.toml|package\.json|pyproject(?:\.toml)?|requirements\S{0,20}|gemfile|pom(?:\.xml)?|vendor)"
        r": (?:update|bump|upgrade|pin|downgrade)\b"
        r"|^(?:vendor|deps|go\.mod|build): [\w-]+(?:[./@][\w.-]+){1,8} v?\d[\w.+-]*$",
    ),
    (
        "changelog",
        r"^(?:bump|update|extend)\w* (?:the )?(?:copyright|licen[sc]e)(?: \w+)? (?:years?|dates?)\b"
        r"|\bfunding\.(?:json|ya?ml)\b"
        r"|^(?:add|update|fix)\w* (?:\S+ )?changelog entr(?:y|ies)\b"
        r"|^update\w* (?:the )?(?:dependents?|downloads?|stars?|users?) (?:count|badge|number)s?$"
        r"|^(?:\w+: )?(?:add|update)\w* (?:the |new )?(?:contributors|authors|maintainers|code ?owners|sponsors)$"
        r"|^(?:update|remove|refresh|sync|clean up)\w* (?:the |new |old )?(?:\S{1,20} )?sponsors?"
        r"(?: (?:list|section|page|logos?|by|from|in|to)\b.{0,60})?$"
        r"|^(?:fix|update|correct)\w* \S{2,40}['’]s? (?:personal )?(?:url|e-?mail|name|website|homepage)(?: address)?$"
        r"|^clean-?\s?up (?:the )?(?:docs|documentation|changelog|release notes)(?: (?:for|of|before) .{1,30})?$"
        r"|^(?:add|introduce|update|move|remove|put|set|fix|change|correct)\w* .{0,80}\b(?:to|in|into|from|of|the|as) "
        r"(?:\.?github/)?(?:code ?owners?|maintainers(?:\.md)?|owners)(?: (?:file|list))?$"
        r"|^(?:(?:add|update|fix|edit|prepare|generate|finalize|tweak|improve|polish)\w*(?: the| a| missing)? )?"
        r"(?:changelogs?|changes|release[- ]?notes?|news)(?: (?:entry|entries|file|fragment|for\b.*|of\b.*))?\W*$"
        r"|^(?:(?:add|write|publish)(?:e[sd])? )?(?:the |a )?release (?:posts?|notes|announcements?)\b"
        r".{0,40} v?\d+\.\d+\S*(?: release)?$"
        r"|^(?:(?!read|parse|support|generate)\w+ ){1,5}news ?fragments?(?: .{0,40})?$"
        r"|^(?:cherry[- ]?pick|back-?port|forward-?port)\w* (?:the )?(?:v?\d\S* )?(?:changelog|release notes)\b.{0,30}$"
        r"|^(?:update|change|upgrade|switch)\w* (?:the )?(?:documentation|docs|website) (?:theme|layout|style)s?$"
        r"|^add\w* (?!support|(?:an? |the )?(?:option|ability)).{1,60} "
        r"(?:sections?|pages?|chapters?|notes?|entr(?:y|ies)) (?:to|in|on) (?:the )?(?:[\w/-]+ ){0,2}"
        r"(?:docs?|documentation|readme|guide|manual|website)$"
        r"|^add\w* .{1,60} to (?:the )?\S{2,40} (?:chapter|docs|documentation)$"
        r"|^add\w* \S+(?: \S+)? (?:to|as) (?:the )?(?:list of (?:projects|users|companies)|adopters|showcase)"
        r"(?: (?:using|that use) .{1,40})?$"
        r"|^(?:add|write|update)\w* (?:the )?release notes(?:,| and| with) .{1,80}$"
        r"|^changelog updates?\b.{0,40}$"
        r"|^(?:fix|correct|improve|update|complete)\w* .{0,60}\b(?:mistakes|errors|details|examples|gaps|links?)\b"
        r".{0,20} (?:in|of|to) (?:the )?(?:\w+ )?(?:documentation|docs|readme|javadocs?|manual)$"
        r"|^add\w* (?:(?:a|some|more) )*(?:documentation|docs) (?:hints?|notes?|examples?|pages?|sections?) "
        r"|^(?:remove|drop)\w* (?:(?:a|the|some|broken|dead|outdated) )*links? (?:from|in) "
        r"`?[\w./-]+\.(?:md|rst|txt|adoc)`?$"
        r"|^(?:fix|silence|resolve)\w* .{0,30}\b(?:sphinx|mkdocs|docs?|documentation)"
        r" (?:build )?(?:warnings|errors)\b.{0,40}$"
        r"|^(?:add|update) .{0,40}\bchangelog(?: (?:entry|entries|notes?))?(?: for \S+)?$|^changelog: "
        r"|^(?:add|update|edit|prepare)\w* (?:the )?(?:changelog|changes|news|history|authors|release notes)"
        r"(?:\.(?:md|rst|txt))?(?:(?:,|,? and) [\w.]{1,30}){0,3} for \S{0,20}\d\S*$",
    ),
    (
        "typo",
        r"^(?!.*\b(?:suggest|detect|hint|toleran|did you mean)).*\btypos?\b|^spelling\b"
        r"|^(?:add|update|fix|extend)\w* .{0,60}\b(?:spelling|spell-?check\w*|cspell)"
        r" (?:data|words?|dictionar(?:y|ies)|lists?|config\w*)$"
        r"|^(?:(?:fix|correct|remove|repair)\w* .{0,60}\b)?misspell\w*"
        r"|^(?:fix|correct)\w* (?:a |some |the )?(?:\w+ ){0,2}(?:spelling|grammar|wording)"
        r"|^(?:fix|correct|remove|update|improve)\w* (?:(?:a|an|the|some|few|several|outdated|obsolete|stale|wrong"
        r"|incorrect|misleading|redundant|code|function|variable|method|field|names? in|names? of) ){0,4}"
        r"comments?(?: in [`\w./-]+| on \w+| to improve readability)?$|^comment (?:why|how|that|what|cleanups?)\b"
        r"|^(?:fix|correct|update|improve|add|clean up)\w* (?:\w+ ){0,2}"
        r"(?:doc ?blocks?|doc ?strings?|(?:php|java|js|go|rust|api)-?docs?(?: comments?)?|doc comments?)\b"
        r"(?: (?:on|in|for|of) .{0,80})?$"
        r"|^(?:add|improve|update|fix|extend|correct)\w* (?:.{0,40} )?"
        r"(?:kdocs?|javadocs?|phpdocs?|docblocks?|docstrings?)\b"
        r"|^add\w* (?:missing )?@\w+ (?:\S+ )?annotations?\b"
        r"|^(?:fix|correct|update|improve|adjust)\w* .{0,60}\b(?:doc|type|code|inline|header)[ -]comments?$"
        r"|^(?:fix|remove|add|drop|delete|correct)\w* (?:(?:an?|the|some|few|extra|missing|stray|unneeded|unnecessary"
        r"|trailing|tra\w?ling|duplicated?|redundant|leading|double|wrong) ){0,3}"
        r"(?:curly ?braces?|brackets?|commas?|semicolons?|backticks?|new ?lines?|spaces?|blank lines?|parenthes[ie]s"
        r"|punctuation|full stops?|periods?)"
        r"(?: (?:in|to|of|from|between) .{0,60}\b(?:docs?|documentation|descriptions?|comments?|readme|changelog))?$"
        r"|\bno new ?line at (?:the )?end of (?:the )?file\b"
        r"|^(?:fix|update|correct|repair)\w* (?:(?:a|an|the|some|broken|dead|wrong|bad) ){0,2}(?:hyper)?links?"
        r"(?: (?:in|to|on|of) (?:the )?(?:\w+ )?(?:docs?|documentation|readme\S*|changelog|guide|website))?$",
    ),
    (
        "tests",
        r"^fix(?:e[sd])? .{0,40}\b(?:in|of) `?Test[A-Z]\w+`?$"
        r"|^add(?:ed|s)? (?:(?:more|some|missing|unit|test) )*coverage (?:for|of|to) "
        r"|^(?:unit-?)?tests?: |^unittests: |^add(?:s|ed)? (?:(?:an?|some|the|more|missing|new) )?(?:[\w-]+ ){0,3}"
        r"(?:unit-?tests?|test-?cases?)\b"
        r"|^(?:add|update)\w* .{0,30}\bbenchmark results? for \S+$"
        r"|^(?:show|print|report|list)\w* .{0,40}\btests (?:in|of|by) (?:the )?(?:pytest|test|ci|coverage)\b"
        r"|^skip(?:ped|s)? (?:\w+ ){0,4}(?:tests?|test-?suites?)\b|^skip\w* test-?suite\S*"
        r"|^(?:increase|decrease|reduce|raise|extend|adjust|shorten)\w* .{1,40} (?:in|of|for) (?:the |flaky )?tests?$"
        r"|^make \w+Tests? \w+|^make \w*(?-i:[a-z](?:Spec|Suite)) (?:more |less )?\w+$"
        r"|^add(?:ed|s)? (?:(?:some|more|missing|a few|further|unit) )*tests$"
        r"|^tests?/[\w./-]{1,80}: |\bto (?:use )?pytest$|^(?:extend|add|improve|update)\w* fuzz(?:ing|er)?\b"
        r"|^fuzz(?:ing|er)?: |\bto (?:fix|avoid|reduce|prevent) .{0,40}\bflak(?:y|es?|iness)\b"
        r"|^add\w* .{0,40}\b(?:fixme|todo)s?\b"
        r"|^(?:add|write|move|migrate|port|convert|parallelize|extend)\w* .{0,80}\b(?:integration|unit|e2e|end-to-end"
        r"|regression|smoke|acceptance) tests?\b(?! (?:runner|framework|support|helper|mode|command))"
        r"|^(?:fix|update|improve|extend)\w* (?:the )?run[-_]?tests?\.\w{1,4}\b"
        r"|^add(?:ed|s)? `[^`]{2,60}` tests? (?:when|for|of|that|if|in)\b"
        r"|^add\w* (?:an? )?(?:\w+ )?(?:module|smoke|sanity|golden|regression) tests?$"
        r"|^add\w* (?:a |an |some )?(?:\w+ ){0,3}benchmarks?(?:[A-Z]\w+)?(?: (?:for|of|to) .{1,80})?$"
        r"|^add\w* .{1,60} to (?:the )?(?:test(?:ing)?|ci|build) matrix$"
        r"|\bfor (?:faster|slower|quicker|more stable) tests$"
        r"|\bparallelize .{1,40} tests$|^tests? (?:with|on|against|under) \w+ v?\d[\w.]*(?: [\w-]{1,20}){0,3}$"
        r"|^de-?flak(?:e|es|ed|ing)\b"
        r"|^(?:fix|stabili[sz]e|repair|skip|disable)\w* .{0,40}\bflak(?:y|ing|es?)\b.{0,80}\btests?\b"
        r"|^(?:(?:try|trying|attempt) to )?(?:fix|deflake|stabili[sz]e|repair|unbreak|skip)\w* "
        r"(?:(?:a|an|the|some|few|all|more|flaky|flaking|failing|broken) ){0,4}(?:[\w`.]{1,60} )?"
        r"tests?(?: (?:locally|on \w+|in (?:the )?ci|(?:for|in) \S+|(?:with|against|under) [^:]{1,40}))?(?:, .{0,60})?$"
        r"|^(?:add|run|enable|extend|use)\w* (?:\w+ )?miri\b"
        r"|^(?:fix|correct|adjust|repair)\w* .{0,60}\b(?:unit|doc|e2e|integration|snapshot)[- ]?tests?$"
        r"|^run (?:\S+ )?(?:tests?|specs?|suites?) (?:from|in|on|with|against) \S+$"
        r"|^tests? (?:in|for|of) \S+$|\bfor (?:one|a|the|some) (?:\w+ )?tests?$|\b(?:dev|test)[- ]dependenc(?:y|ies)\b"
        r"|^(?:add|create|write)\w* (?:(?:a|an|the|some|more|new) )?(?:\w+ )?tests?(?: cases?)?"
        r" (?:to|for|that|which)\b",
    ),
    (
        "formatting",
        r"^(?:fix|address)\w* (?:\w+ )?(?:cs|code style|coding standards?) (?:errors?|issues?|violations?|fixes)\b"
        r"|^auto(?:matic(?:ally)?|mated)?[ -]format\w*\b.{0,40}$"
        r"|^(?:re)?format(?:ting|ted)?(?: (?:the )?(?:code|files?|sources?|everything|all|imports?|with|using|fix\w*)"
        r"\b.{0,40})?$"
        rf"|^(?:run|ran|apply|applied|fix|appease|make|satisfy|address)\b.{{0,30}}\b{NAMED_TOOL}\b"
        rf"|^(?:silence|suppress|allow|disable|enable|ignore)\w* .{{0,30}}\b(?:clippy|lints?|linters?|{NAMED_TOOL})\b"
        r"|^(?:fix|remove|trim)\w* (?:\w+ )?(?:whitespace|indentation|trailing)|^lint\w*\b|^code style\b"
        r"|^(?:fix|resolve|address)\w* .{0,80}\b(?:issue|warning|error|finding|offen[cs]e|violation|check)s?"
        rf" (?:from|by|of|reported by|found by|flagged by) (?:the )?{NAMED_TOOL}\b"
        rf"|^{NAMED_TOOL}: |\((?:{NAMED_TOOL}|\w+-?lint|gosec|govet|errcheck)\)$"
        r"|^(?:\[?pre-commit\.ci\]?:? )?auto fixes from |^(?:mix format|cargo fmt|go ?fmt)$"
        r"|^(?:add|fix|update|enforce|check)\w* .{0,30}\b(?:copyright|licen[sc]e) (?:headers?|identifiers?|notices?)\b"
        r"|^(?:spdx|licen[sc]e|copyright) (?:\w+ ){0,2}(?:comments?|headers?|identifiers?|notices?)$"
        r"|^use (?:an? )?consistent \w+(?: \w+)? (?:order|style|spacing|naming)$"
        r"|^(?:clearer|better|consistent|nicer|follow|use consistent)\w* (?:\w+ )?"
        r"(?:(?:variable|function|method|parameter|field|type|test)s? names?|naming(?: conventions?)?)$"
        r"|^(?:fix|silence|remove|resolve)\w* (?:(?:an?|some|the|more|few|all|compiler|compilation|gcc|clang|msvc|rustc"
        r"|build|unused|new|remaining) ){0,3}warnings?$|^type[- ]hint\w* \S+(?: and \S+)?$"
        r"|^(?:remove|drop|tweak|fix|adjust|change|clean)\w* .{0,60}\b(?:from|in|of) (?:the |our )?"
        r"(?:phpunit|psalm|phpstan|eslint|prettier|rubocop|golangci|tsconfig) config(?:uration)?$"
        r"|^clippy\b|^sort imports\b|\bnolints?\b|(?:^|: )cosmetics?(?: changes?)?$"
        r"|^(?:harden|tighten|relax|configure|loosen|update|extend|tune|set up|improve)\w* .{0,40}"
        rf"\b{NAMED_TOOL}\b(?: and \w+)? (?:config\w*|settings|rules|setup|options)\b"
        r"|^(?:run|apply|ran|applied) pyupgrade\b"
        r"|^(?:add|fix|complete|correct|drop|extend|improve|modernize|more|remove|sort|tidy|update|use|clean up)\w* "
        r"(?:(?!support|check)[\w./+-]+ ){0,3}"
        r"(?:type (?:annotations?|hints?|aliases|ignores?)|typing(?: imports?| annotations?|$)|type[- ]ignores?"
        r"|(?:return|missing) annotations?|`?from __future__ import annotations`?)"
        r"(?!\w)(?! (?:support|in (?:the )?(?:output|ui)))",
    ),
)
"""Class and pattern of the normalized title; the first that matches decides."""

TITLE_PATTERNS = tuple((noise, re.compile(pattern, re.IGNORECASE)) for noise, pattern in _TITLE_PATTERN_TEXTS)
