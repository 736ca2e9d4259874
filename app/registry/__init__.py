"""The registries (L2) whose users may log in: asking them, and remembering for a minute what they said."""
