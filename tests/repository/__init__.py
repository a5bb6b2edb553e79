"""The documents' repository on GitHub."""
