"""Where issues live: one protocol (`base`), two trackers (`github`, `local`)."""
