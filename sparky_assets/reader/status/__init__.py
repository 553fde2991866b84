"""Status of the pipeline: snapshot, Dagster's history, Prometheus."""
