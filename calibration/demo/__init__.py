"""The demo: a made-up world with planted truth. `worlds` draws it, `writing` stores it, `stories` lives through it."""
