"""What every service of conversation may answer."""


class NotAllowed(Exception):
    """This person may not do this, or what it is about isn't there for them. Pages don't tell which: 404."""
