"""What is in a sound and in a picture, measured: tempo, beats, onsets, curves, cuts, motion."""
