"""What an entry says, taken apart: its own words, owner, date, state, links."""
