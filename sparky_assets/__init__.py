"""What Sparky makes: the assets, one package a stage, and the pure functions that they call.

No clients, sockets or clocks live here; they belong to `resources`. When things are made belongs to `schedules`.
"""

from resources.memory import return_freed_frames

return_freed_frames()  # here, because every program of Sparky loads this package before polars
