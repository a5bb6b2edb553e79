"""Items and issues → a plan, and what the documents should then say. Pure."""
