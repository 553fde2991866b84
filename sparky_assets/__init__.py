"""What Sparky makes: the assets, one package a stage, and the pure functions that they call.

No clients, sockets or clocks live here; they belong to `resources`. When things are made belongs to `schedules`.
"""
