"""Carrying out what waits: the queue's doorbell, the workers, and what keeps them honest."""
