"""Everything that can be known about image, manifests and monitoring without a cluster."""
