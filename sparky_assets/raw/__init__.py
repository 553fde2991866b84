"""Stage 1, raw: what happened, as events that do not move later, one partition a day.

Here: schemas, and what turns a source's records into them. Not here: counting (`metrics`), clients (`resources`).
"""
