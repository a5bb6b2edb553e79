"""Which entries of a document are its action items."""
