"""A small, honest registry (L2) for development and tests: accounts, tokens, publishing, a face for ActivityPub.

``make l2`` starts it. It is a program of its own that talks HTTP like any other registry; the product never imports it.
"""
