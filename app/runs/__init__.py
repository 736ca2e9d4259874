"""From a request to a finished run: planned, written down, completed, looked at."""
