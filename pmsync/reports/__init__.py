"""Values into text for people and machines: terminal, Markdown, JSON, HTML. Pure.

Each module has one entry, `render`. Whatever comes from a document or an issue is untrusted: shown
without control characters, and inert in the format at hand.
"""
