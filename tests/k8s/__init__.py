"""Checks of image, manifests and monitoring that need no cluster."""
