"""What every Dagster asset shares: partitions, results, failures, run tags, health."""
