"""The texts of all GraphQL queries. A test validates each against GitHub's published schema.

Points by GitHub's formula: Enum (50 repositories) 2, EnumWithOpen 3, Commits (20 x 50) 10, Items (22) 2, next pages of
10 repositories 1, of 10 histories 10. A connection below many nodes is expensive, so co-authors are read from the
message, and updated pull requests are listed by id only. The order of the queries belongs to `sweep.py`.
"""

RATE = "rateLimit { cost remaining resetAt }"

PAGE = "pageInfo { hasNextPage endCursor }"

CREATED = f"{PAGE} nodes {{ id createdAt }}"

UPDATED = f"{PAGE} nodes {{ id createdAt updatedAt }}"

ACTOR_FRAGMENT = """
fragment A on Actor { __typename login
  ... on User { databaseId name } ... on Bot { databaseId } ... on Mannequin { databaseId } }
"""

COMMIT_FRAGMENT = """
fragment C on Commit { oid message authoredDate committedDate
  additions @include(if: $stats) deletions @include(if: $stats) changedFilesIfAvailable @include(if: $stats)
  statusCheckRollup @include(if: $stats) { state }
  parents(first: 10) { totalCount nodes { oid } } author { ...G } committer { ...G } }
fragment G on GitActor { name email user { login databaseId name } }
"""

REVIEWS = f"totalCount {PAGE} nodes {{ id reviewState: state submittedAt author {{ ...A }} }}"

# The oldest ones, for the first response. How many there are costs no points; five bots seldom come before a person.
COMMENTS = f"comments(first: 5) {{ totalCount {PAGE} nodes {{ createdAt author {{ ...A }} }} }}"

PR_EVENTS = f"""{PAGE} nodes {{ __typename
  ... on ClosedEvent {{ id createdAt actor {{ ...A }} }} ... on ReopenedEvent {{ id createdAt actor {{ ...A }} }}
  ... on MergedEvent {{ id createdAt actor {{ ...A }} }} ... on ReadyForReviewEvent {{ id createdAt actor {{ ...A }} }}
  ... on ConvertToDraftEvent {{ id createdAt actor {{ ...A }} }} }}"""

ISSUE_EVENTS = f"""{PAGE} nodes {{ __typename
  ... on ClosedEvent {{ id createdAt stateReason actor {{ ...A }} }}
  ... on ReopenedEvent {{ id createdAt actor {{ ...A }} }} }}"""

RELEASE_NODES = f"""{PAGE} nodes {{ id name tagName isDraft isPrerelease createdAt publishedAt
  author {{ login databaseId name }} tagCommit {{ oid }} }}"""

PRS_NEWEST = "orderBy: {field: UPDATED_AT, direction: DESC}"

ISSUES_OLDEST = "filterBy: {since: $since}, orderBy: {field: UPDATED_AT, direction: ASC}"

RELEASES_NEWEST = "orderBy: {field: CREATED_AT, direction: DESC}"

DEPLOYMENTS_NEWEST = RELEASES_NEWEST

DISCUSSIONS_NEWEST = RELEASES_NEWEST

PR_KINDS = "itemTypes: [CLOSED_EVENT, REOPENED_EVENT, MERGED_EVENT, READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT]"

ISSUE_KINDS = "itemTypes: [CLOSED_EVENT, REOPENED_EVENT]"

OPEN = "states: [OPEN], orderBy: {field: CREATED_AT, direction: ASC}"

OPEN_PRS = f"{PAGE} nodes {{ id number createdAt updatedAt isDraft }}"

OPEN_ISSUES = f"{PAGE} nodes {{ id number createdAt updatedAt }}"

# Sorted by creation, which never changes: a repository that is pushed to between two pages cannot be skipped. All are
# listed every time, because an issue or pull request changes neither updatedAt nor pushedAt of its repository.
_ENUM_TEMPLATE = f"""
query #Name($owner: String!, $after: String, $n: Int!, $k: Int!, $r: Int!, #more$since: DateTime!,
  $deployments: Boolean!, $discussions: Boolean!) {{ {RATE}
  repositoryOwner(login: $owner) {{ __typename id login
    repositories(first: $n, after: $after, ownerAffiliations: [OWNER],
      orderBy: {{field: CREATED_AT, direction: ASC}}) {{ totalCount {PAGE}
      nodes {{ id databaseId nameWithOwner url visibility isFork isArchived isDisabled isEmpty createdAt pushedAt
        description diskUsage parent {{ id nameWithOwner }} defaultBranchRef {{ name target {{ oid
          ... on Commit {{ committedDate statusCheckRollup {{ state }} }} }} }}
        pullRequests(first: $k, {PRS_NEWEST}) {{ {UPDATED} }}
        issues(first: $k, {ISSUES_OLDEST}) {{ totalCount {UPDATED} }}
        releases(first: $r, {RELEASES_NEWEST}) {{ {RELEASE_NODES} }}
        deployments(first: $r, {DEPLOYMENTS_NEWEST}) @include(if: $deployments) {{ {CREATED} }}
        discussions(first: $r, {DISCUSSIONS_NEWEST}) @include(if: $discussions) {{ {CREATED} }} #open }} }} }} }}
"""

ENUM_QUERY = _ENUM_TEMPLATE.replace("#Name", "Enum").replace("#open ", "").replace("#more", "")


# Sorted by creation: an item that is closed between two pages moves no other.
ENUM_WITH_OPEN_QUERY = (
    _ENUM_TEMPLATE.replace("#Name", "EnumWithOpen")
    .replace(
        "#open",
        f"openPullRequests: pullRequests(first: $o, {OPEN}) {{ {OPEN_PRS} }}"
        f" openIssues: issues(first: $o, {OPEN}) {{ {OPEN_ISSUES} }}",
    )
    .replace("#more", "$o: Int!, ")
)

ROOT = "tree { entries { name type oid } }"

# Beside the commits the entries at the root: now (of a past window, at its end) and before the window. What differs may
# be a changelog.
COMMITS_QUERY = f"""
query Commits($ids: [ID!]!, $n: Int!, $since: GitTimestamp!, $until: GitTimestamp!, $stats: Boolean!,
  $before: GitTimestamp!, $past: Boolean!) {{ {RATE}
  nodes(ids: $ids) {{ __typename ... on Repository {{ id nameWithOwner
    mailmap: object(expression: "HEAD:.mailmap") {{ __typename ... on Blob {{ text }} }}
    defaultBranchRef {{ name target {{ __typename oid ... on Commit {{ {ROOT}
      before: history(first: 1, until: $before) {{ nodes {{ {ROOT} }} }}
      end: history(first: 1, until: $until) @include(if: $past) {{ nodes {{ {ROOT} }} }}
      history(first: $n, since: $since, until: $until) {{ totalCount {PAGE} nodes {{ ...C }} }} }} }} }} }} }} }}
{COMMIT_FRAGMENT}"""

# Only the shas: the commits that a fork shares with its origin.
UPSTREAM_QUERY = f"""
query Upstream($ids: [ID!]!, $n: Int!, $since: GitTimestamp!, $until: GitTimestamp!) {{ {RATE}
  nodes(ids: $ids) {{ __typename ... on Repository {{ id nameWithOwner
    defaultBranchRef {{ name target {{ __typename oid ... on Commit {{
      history(first: $n, since: $since, until: $until) {{ totalCount {PAGE} nodes {{ oid }} }} }} }} }} }} }} }}
"""

# The commits of an origin's other branches, newest first: a fork may have merged one. 4 origins cost a point.
UPSTREAM_BRANCHES_QUERY = f"""
query UpstreamBranches($ids: [ID!]!, $n: Int!, $since: GitTimestamp!, $until: GitTimestamp!) {{ {RATE}
  nodes(ids: $ids) {{ __typename ... on Repository {{ id
    refs(refPrefix: "refs/heads/", first: 20, orderBy: {{field: TAG_COMMIT_DATE, direction: DESC}}) {{ {PAGE}
      nodes {{ target {{ ... on Commit {{
        history(first: $n, since: $since, until: $until) {{ {PAGE} nodes {{ oid }} }} }} }} }} }} }} }} }}
"""

# The text of a release is read here, for those of the window alone. 22 nodes cost two points, 23 three: labels are read
# by the interface, since GitHub counts a connection of two types twice. No comment's text is read.
# All events of a pull request are queried, because it may have become ready for review long ago.
ITEMS_QUERY = f"""
query Items($ids: [ID!]!, $since: DateTime!) {{ {RATE}
  nodes(ids: $ids) {{ __typename id
    ... on PullRequest {{ number title body prState: state isDraft createdAt updatedAt closedAt mergedAt
      additions deletions changedFiles baseRefName headRefName authorAssociation reviewDecision milestone {{ title }}
      totalCommentsCount reactions {{ totalCount }}
      repository {{ id nameWithOwner }} author {{ ...A }} mergedBy {{ ...A }}
      mergeCommit {{ oid statusCheckRollup {{ state }} }} headChecks: statusCheckRollup {{ state }}
      files(first: 30) {{ nodes {{ path }} }}
      closingIssuesReferences(first: 3) {{ nodes {{ number title body repository {{ nameWithOwner visibility }}
        labels(first: 20) {{ nodes {{ name }} }} }} }}
      {COMMENTS} reviews(first: 50) {{ {REVIEWS} }}
      prEvents: timelineItems(first: 20, {PR_KINDS}) {{ {PR_EVENTS} }} }}
    ... on Issue {{ number title body issueState: state stateReason createdAt updatedAt closedAt
      authorAssociation milestone {{ title }} reactions {{ totalCount }}
      repository {{ id nameWithOwner }} author {{ ...A }} {COMMENTS}
      issueEvents: timelineItems(first: 20, since: $since, {ISSUE_KINDS}) {{ {ISSUE_EVENTS} }} }}
    ... on Labelable {{ labels(first: 100) {{ nodes {{ name }} }} }}
    ... on Release {{ description }} }} }}
{ACTOR_FRAGMENT}"""

RECENT_ITEMS_QUERY = f"""
query RecentItems($ids: [ID!]!) {{ {RATE}
  nodes(ids: $ids) {{ __typename id
    ... on Deployment {{ createdAt environment commitOid creator {{ ...A }}
      statuses(first: 50) {{ nodes {{ state createdAt }} }} }}
    ... on Discussion {{ number title body createdAt upvoteCount category {{ name }} author {{ ...A }}
      comments {{ totalCount }} }} }} }}
{ACTOR_FRAGMENT}"""

# The files at the tags of releases without a text on GitHub. The sizes come with the names, so that only a file that
# is there and not too large is asked for.
RELEASE_TREES_QUERY = f"""
query ReleaseTrees($ids: [ID!]!) {{ {RATE}
  nodes(ids: $ids) {{ __typename id ... on Release {{
    tag {{ target {{ __typename ... on Tag {{ message }} }} }}
    tagCommit {{ oid message tree {{ entries {{ ...E }} }}
      docs: file(path: "docs") {{ object {{ __typename ... on Tree {{ entries {{ ...E }} }} }} }}
      doc: file(path: "doc") {{ object {{ __typename ... on Tree {{ entries {{ ...E }} }} }} }} }} }} }} }}
fragment E on TreeEntry {{ name type mode oid size }}
"""

# Commits that are older than the window and landed in it, by the ids that `MoreHistory` listed.
LATE_COMMITS_QUERY = f"""
query LateCommits($ids: [ID!]!, $stats: Boolean!) {{ {RATE}
  nodes(ids: $ids) {{ __typename id ... on Commit {{ ...C }} }} }}
{COMMIT_FRAGMENT}"""

DOCTOR_QUERY = """
query Doctor($owner: String!) { rateLimit { limit cost remaining resetAt } viewer { login }
  repositoryOwner(login: $owner) { __typename login
    repositories(first: 1, ownerAffiliations: [OWNER]) { totalCount nodes { visibility } } } }
"""

# For an estimate: counts without content. Newest change first, which gives the rate of change.
COUNT_QUERY = f"""
query Count($owner: String!, $after: String, $n: Int!, $k: Int!, $deployments: Boolean!, $discussions: Boolean!) {{
  {RATE}
  repositoryOwner(login: $owner) {{
    repositories(first: $n, after: $after, ownerAffiliations: [OWNER],
      orderBy: {{field: CREATED_AT, direction: ASC}}) {{ totalCount {PAGE}
      nodes {{ id nameWithOwner isEmpty isDisabled isFork pushedAt parent {{ id }}
        pullRequests(first: $k, {PRS_NEWEST}) {{ totalCount {UPDATED} }}
        issues(first: $k, {PRS_NEWEST}) {{ totalCount {UPDATED} }}
        deployments(first: $k, {DEPLOYMENTS_NEWEST}) @include(if: $deployments) {{ totalCount {CREATED} }}
        discussions(first: $k, {DISCUSSIONS_NEWEST}) @include(if: $discussions) {{ totalCount {CREATED} }}
      }} }} }} }}
"""

COUNT_COMMITS_QUERY = f"""
query CountCommits($ids: [ID!]!, $since: GitTimestamp!, $until: GitTimestamp!) {{ {RATE}
  nodes(ids: $ids) {{ __typename ... on Repository {{ id defaultBranchRef {{ target {{ __typename ... on Commit {{
    history(first: 1, since: $since, until: $until) {{ totalCount }} }} }} }} }} }} }}
"""

QUERIES = {
    "Count": COUNT_QUERY,
    "CountCommits": COUNT_COMMITS_QUERY,
    "Enum": ENUM_QUERY,
    "EnumWithOpen": ENUM_WITH_OPEN_QUERY,
    "Commits": COMMITS_QUERY,
    "Upstream": UPSTREAM_QUERY,
    "UpstreamBranches": UPSTREAM_BRANCHES_QUERY,
    "Items": ITEMS_QUERY,
    "RecentItems": RECENT_ITEMS_QUERY,
    "LateCommits": LATE_COMMITS_QUERY,
    "ReleaseTrees": RELEASE_TREES_QUERY,
    "Doctor": DOCTOR_QUERY,
}


def _build_history_page(selection: str) -> str:
    history = "history(first: $n, after: $c#, since: $since, until: $until)"
    commit = f"... on Commit {{ {history} {{ totalCount {PAGE} nodes {{ {selection} }} }} }}"
    return f"... on Repository {{ id object(oid: $h#) {{ __typename {commit} }} }}"


# By query: (declarations, selection of one alias, fragments). Each node has an alias; `#` becomes its number.
NEXT_PAGE_QUERIES = {
    "MorePullRequests": (
        (),
        f"... on Repository {{ id pullRequests(first: $n, after: $c#, {PRS_NEWEST}) {{ {UPDATED} }} }}",
        "",
    ),
    "MoreIssues": (
        ("$since: DateTime!",),
        f"... on Repository {{ id issues(first: $n, after: $c#, {ISSUES_OLDEST}) {{ totalCount {UPDATED} }} }}",
        "",
    ),
    "MoreReleases": (
        (),
        f"... on Repository {{ id releases(first: $n, after: $c#, {RELEASES_NEWEST}) {{ {RELEASE_NODES} }} }}",
        "",
    ),
    "MoreCommits": (
        ("$since: GitTimestamp!", "$until: GitTimestamp!", "$stats: Boolean!"),
        _build_history_page("...C"),
        COMMIT_FRAGMENT,
    ),
    "MoreUpstream": (
        ("$since: GitTimestamp!", "$until: GitTimestamp!"),
        _build_history_page("oid"),
        "",
    ),
    "MoreHistory": (
        ("$until: GitTimestamp!",),
        "... on Repository { id object(oid: $h#) { __typename ... on Commit {"
        f" history(first: $n, after: $c#, until: $until) {{ {PAGE} nodes {{ id oid committedDate }} }} }} }} }}",
        "",
    ),
    "MoreOpenPullRequests": (
        (),
        f"... on Repository {{ id openPullRequests: pullRequests(first: $n, after: $c#, {OPEN}) {{ {OPEN_PRS} }} }}",
        "",
    ),
    "MoreOpenIssues": (
        (),
        f"... on Repository {{ id openIssues: issues(first: $n, after: $c#, {OPEN}) {{ {OPEN_ISSUES} }} }}",
        "",
    ),
    "MoreDeployments": (
        (),
        f"... on Repository {{ id deployments(first: $n, after: $c#, {DEPLOYMENTS_NEWEST}) {{ {CREATED} }} }}",
        "",
    ),
    "MoreDiscussions": (
        (),
        f"... on Repository {{ id discussions(first: $n, after: $c#, {DISCUSSIONS_NEWEST}) {{ {CREATED} }} }}",
        "",
    ),
    "MoreReviews": ((), f"... on PullRequest {{ id reviews(first: $n, after: $c#) {{ {REVIEWS} }} }}", ACTOR_FRAGMENT),
    "MorePullRequestEvents": (
        (),
        f"... on PullRequest {{ id prEvents: timelineItems(first: $n, after: $c#, {PR_KINDS}) {{ {PR_EVENTS} }} }}",
        ACTOR_FRAGMENT,
    ),
    "MoreIssueEvents": (
        ("$since: DateTime!",),
        f"... on Issue {{ id issueEvents: timelineItems(first: $n, after: $c#, since: $since, {ISSUE_KINDS})"
        f" {{ {ISSUE_EVENTS} }} }}",
        ACTOR_FRAGMENT,
    ),
}


def build_next_page_query(name: str, count: int) -> str:
    """Return a query for the next pages of `count` nodes: `$i0` and `$c0` are the id and cursor of the alias `r0`.

    A history also takes `$h0`, the head that its cursor belongs to, so that a push between two pages changes nothing.
    """
    shared_declarations, selection, fragments = NEXT_PAGE_QUERIES[name]
    declarations = ["$n: Int!", *shared_declarations]
    selections = []
    for number in range(count):
        declarations += [f"$i{number}: ID!", f"$c{number}: String"]
        if "$h#" in selection:
            declarations.append(f"$h{number}: GitObjectID!")
        alias_selection = selection.replace("#", str(number))
        selections.append(f"r{number}: node(id: $i{number}) {{ {alias_selection} }}")
    aliases = "\n  ".join(selections)
    return f"query {name}({', '.join(declarations)}) {{ {RATE}\n  {aliases} }}\n{fragments}"


def build_compare_query(count: int) -> str:
    """Return a query that compares the default branches of `count` repositories with two commits of each.

    `$b0` is the commit from which `r0` counts and `$h0` the one up to which it does. `$c0` is the cursor in the list of
    commits that the first one has and the branch has not, because the branch was rewritten.
    """
    declarations = []
    selections = []
    lost = f"totalCount {PAGE} nodes {{ oid messageHeadline authoredDate author {{ name }} }}"
    for number in range(count):
        declarations += [f"$i{number}: ID!", f"$b{number}: String!", f"$h{number}: String!", f"$c{number}: String"]
        commits = f"commits(first: 100, after: $c{number}) {{ {lost} }}"
        base = f"base: compare(headRef: $b{number}) {{ aheadBy behindBy {commits} }}"
        top = f"top: compare(headRef: $h{number}) {{ aheadBy behindBy }}"
        branch = f"defaultBranchRef {{ {base} {top} }}"
        selections.append(f"r{number}: node(id: $i{number}) {{ ... on Repository {{ id {branch} }} }}")
    aliases = "\n  ".join(selections)
    return f"query CompareHeads({', '.join(declarations)}) {{ {RATE}\n  {aliases} }}\n"


def build_files_query(name: str, count: int) -> str:
    """Return a query for the texts of `count` files: `$i0` is the repository of `r0`, and `$o0` the sha of its file."""
    return _build_objects_query(name, count, "... on Blob { oid isTruncated text }")


def build_folders_query(name: str, count: int) -> str:
    """Return a query for the entries of `count` folders: `$i0` is the repository of `r0`, `$o0` the sha of its tree."""
    return _build_objects_query(name, count, "... on Tree { entries { name type mode oid size } }")


def _build_objects_query(name: str, count: int, selection: str) -> str:
    declarations = []
    selections = []
    for number in range(count):
        declarations += [f"$i{number}: ID!", f"$o{number}: GitObjectID!"]
        object_ = f"object(oid: $o{number}) {{ __typename {selection} }}"
        selections.append(f"r{number}: node(id: $i{number}) {{ ... on Repository {{ id {object_} }} }}")
    aliases = "\n  ".join(selections)
    return f"query {name}({', '.join(declarations)}) {{ {RATE}\n  {aliases} }}\n"


def build_changed_files_query(count: int) -> str:
    """Return a query for `count` files at commits and at their first parents.

    `$i0` is the repository of `r0`, `$o0` the sha of its commit, and `$p0` the path of its file.
    """
    declarations = []
    selections = []
    for number in range(count):
        declarations += [f"$i{number}: ID!", f"$o{number}: GitObjectID!", f"$p{number}: String!"]
        file = f"oid file(path: $p{number}) {{ type mode oid size }}"
        commit = f"{file} committedDate parents(first: 1) {{ nodes {{ {file} }} }}"
        object_ = f"object(oid: $o{number}) {{ __typename ... on Commit {{ {commit} }} }}"
        selections.append(f"r{number}: node(id: $i{number}) {{ ... on Repository {{ id {object_} }} }}")
    aliases = "\n  ".join(selections)
    return f"query ChangedFiles({', '.join(declarations)}) {{ {RATE}\n  {aliases} }}\n"


def build_path_histories_query(count: int) -> str:
    """Return a query for the commits of the window that changed `count` files.

    `$i0` is the repository of `r0`, `$h0` the head of its branch, and `$p0` the path of the file.
    """
    declarations = ["$since: GitTimestamp!", "$until: GitTimestamp!"]
    selections = []
    for number in range(count):
        declarations += [f"$i{number}: ID!", f"$h{number}: GitObjectID!", f"$p{number}: String!"]
        history = (
            f"history(first: 20, path: $p{number}, since: $since, until: $until) {{ nodes {{ oid committedDate }} }}"
        )
        object_ = f"object(oid: $h{number}) {{ __typename ... on Commit {{ {history} }} }}"
        selections.append(f"r{number}: node(id: $i{number}) {{ ... on Repository {{ id {object_} }} }}")
    aliases = "\n  ".join(selections)
    return f"query NoteHistories({', '.join(declarations)}) {{ {RATE}\n  {aliases} }}\n"
