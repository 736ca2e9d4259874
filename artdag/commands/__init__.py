"""What `python -m artdag` can do; one module for each noun that it is done to."""
