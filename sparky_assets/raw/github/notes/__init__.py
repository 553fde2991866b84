"""What people wrote on GitHub: notes of releases, and lines that changes added to changelogs."""
