"""The only door to the media library: files become frames and samples here, and back."""
