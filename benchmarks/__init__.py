"""What the engine costs beside others: one fused ffmpeg command (the floor), one process per node, and moviepy 2."""
