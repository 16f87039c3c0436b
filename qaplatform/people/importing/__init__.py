"""PURE: a list of people as somebody has it: text in, a plan out."""
