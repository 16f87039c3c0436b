"""Rules of labeling as pure functions: plain values in, plain values out; no Django here."""
