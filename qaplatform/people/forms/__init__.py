"""Forms of people administration."""
