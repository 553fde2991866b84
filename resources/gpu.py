"""Whether the machine that serves a model has a GPU, so that a model which lies on the CPU is worth a warning."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from resources.model_address import base_url

DRIVERS = ("proc/driver/nvidia/version", "dev/kfd")
"""What the drivers of NVIDIA and AMD leave; asking `nvidia-smi` takes seconds on a busy machine."""
HERE = {"localhost", "127.0.0.1", "::1"}


def has_gpu(url: str, known: Literal["auto", "yes", "no"] = "auto", root: Path = Path("/")) -> bool:
    """What is known, or what this machine shows; of another machine nothing is assumed."""
    if known != "auto":
        return known == "yes"
    return urlsplit(base_url(url)).hostname in HERE and any((root / driver).exists() for driver in DRIVERS)
