"""Settings: their schema, and loading from TOML, the environment and secret files."""
