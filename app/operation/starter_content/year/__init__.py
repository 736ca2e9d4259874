"""Twelve pictures of one hill with a tree and a cottage, one for each month: what changes is the year."""
