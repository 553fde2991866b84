"""With whom Sparky speaks: one module a thing outside the process. Nothing here imports `sparky_assets`."""
