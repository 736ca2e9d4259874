"""Processes of our own: children that end with their parent, and the Redis that this service brings along."""
