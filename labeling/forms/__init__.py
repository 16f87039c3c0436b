"""Forms of labeling's pages."""
