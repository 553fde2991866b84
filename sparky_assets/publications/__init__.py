"""Stage 5, publications: what leaves, for whom, and where it lies there. Git itself is `resources.git.local`."""
