"""Art DAG's engine: recipes become plans, plans become files, each piece of work once.

Nothing in this package knows of the web, the queue or the environment.
"""

VERSION = "1.0.0"
