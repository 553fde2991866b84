"""Git: hardened commands, mirrors, reading history, publishing commits."""
