"""Release notes in a repository: where they are, reading them, and the files that name its parts."""
