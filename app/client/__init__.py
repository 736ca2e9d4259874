"""The service from a terminal: one command, over HTTP or in this process."""
