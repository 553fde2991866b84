"""The reader: pages, a JSON API and metrics for machines, over the store and read-only. Nothing here makes anything."""
