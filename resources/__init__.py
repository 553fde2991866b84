"""Clients of everything outside the process. Nothing here imports `sparky_assets`."""
