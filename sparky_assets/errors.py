"""The errors of our own rooms. Those of the outside world are in `resources.errors`."""


class DataError(Exception):
    """What is stored does not allow the next stage to be made; the message names it and says what to do."""
