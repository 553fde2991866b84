"""Commands of operating Sparky: services of one box with their backups, and alerts."""
