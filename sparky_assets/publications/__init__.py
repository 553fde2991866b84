"""Stage 5: check the final texts, publish them, record where they are, compare, take back. Git is `resources.git`."""
