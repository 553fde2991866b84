"""The pools that assets wait in: what each guards, and how many runs it lets in at a time.

Dagster's instance file knows one limit for all pools and no names (`concurrency.pools.default_limit`, 1 in ours). So
the pools are named in the history itself when `sparky up` starts; the interface then shows them before the first run.
"""

from collections.abc import Mapping

import dagster as dg

MAX_RUNS_PER_POOL: Mapping[str, int] = {
    "github": 1,  # two sweeps at once would only share the rate limit
    "llm": 1,  # a model on one machine answers one question at a time
    "git_push": 1,  # two pushes to one branch: the second is refused
}


def set_pool_limits(instance: dg.DagsterInstance) -> list[str]:
    """Give the pools their limits where they have none, and tell which; what a person set stays."""
    log = instance.event_log_storage
    known = {pool.name for pool in log.get_pool_limits()}
    new = [name for name in MAX_RUNS_PER_POOL if name not in known]
    for name in new:
        log.set_concurrency_slots(name, MAX_RUNS_PER_POOL[name])
    return new
