"""Looking after what is kept: checking it, letting go of what can be made again, filling Redis again from the disk."""
