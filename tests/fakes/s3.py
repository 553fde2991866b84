"""A server that speaks S3 on a loopback socket (moto), with one bucket in memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.needs import require_package

boto3 = require_package("boto3")
ThreadedMotoServer = require_package("moto.moto_server.threaded_moto_server").ThreadedMotoServer

BUCKET = "sparky"
KEYS = {"AWS_ACCESS_KEY_ID": "sparky", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}


@dataclass(frozen=True)
class S3:
    """The address of the server."""

    address: str

    @property
    def variables(self) -> Mapping[str, str]:
        """Return the environment of a client."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.address, "AWS_DEFAULT_REGION": "us-east-1"}

    @property
    def client(self) -> Any:
        """Return a client of boto3."""
        keys = {name.lower(): value for name, value in KEYS.items()}
        return boto3.client("s3", endpoint_url=self.address, region_name="us-east-1", **keys)

    def objects(self) -> dict[str, bytes]:
        """Return all objects of the bucket."""
        names = [entry["Key"] for entry in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return {name: self.client.get_object(Bucket=BUCKET, Key=name)["Body"].read() for name in names}


@contextmanager
def serving() -> Iterator[S3]:
    """Serve an empty bucket until the block ends."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        s3 = S3(f"http://{host}:{port}")
        httpx.post(f"{s3.address}/moto-api/reset").raise_for_status()  # its memory belongs to this process
        s3.client.create_bucket(Bucket=BUCKET)
        yield s3
    finally:
        server.stop()
