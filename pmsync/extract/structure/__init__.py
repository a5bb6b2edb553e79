"""The form of a document: front matter, blocks, sections, and where an annotation belongs. Pure."""
