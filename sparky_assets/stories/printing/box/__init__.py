"""The box of a paper: what to do or know before an upgrade."""
