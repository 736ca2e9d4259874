"""Pictures, clips and music that this project draws itself, so that there is something to work with from the start."""
