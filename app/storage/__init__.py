"""Redis behind plain methods: one module per noun, and nobody else knows its keys."""
