"""pmsync keeps the action items of committed postmortems and their issues in step."""

__version__ = "0.1.0"
