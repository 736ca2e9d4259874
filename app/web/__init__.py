"""HTTP grammar shared by all blueprints: what comes in, who asks, what goes out."""
