"""The words of postmortems, by language, and how they are found in text."""
