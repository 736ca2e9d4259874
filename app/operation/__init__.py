"""Starting and watching the service: its processes, its Redis, what it begins with, whether it is well."""
