"""Why a file cannot be analyzed."""


class BadInput(ValueError):
    """What is wrong with the input and what to do about it, as sentences for a person."""
