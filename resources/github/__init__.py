"""GitHub's API: client, credentials, rate limits, journal, pull requests."""
