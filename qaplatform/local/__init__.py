"""Embedded PostgreSQL and Valkey, and the one-command runner.

Standard library, `qaplatform.env` and `qaplatform.errors` only.
"""
