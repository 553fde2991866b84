"""Whether the machine that serves a model has a GPU, so that a model which lies on the CPU is worth a warning."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from resources.model_address import normalize_server_url

DRIVER_PATHS = ("proc/driver/nvidia/version", "dev/kfd")
"""What the drivers of NVIDIA and AMD leave; asking `nvidia-smi` takes seconds on a busy machine."""


LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


def has_gpu(url: str, setting: Literal["auto", "yes", "no"] = "auto", root: Path = Path("/")) -> bool:
    """What is known, or what this machine shows; of another machine nothing is assumed."""
    if setting != "auto":
        return setting == "yes"
    return urlsplit(normalize_server_url(url)).hostname in LOCAL_HOSTS and any(
        (root / driver).exists() for driver in DRIVER_PATHS
    )
