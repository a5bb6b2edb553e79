"""The promises of pmsync, as tests."""
