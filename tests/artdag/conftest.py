from __future__ import annotations

import hypothesis

# The same examples in each run: a test that fails today must not have passed yesterday by luck, or by a fast machine.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("steady")
