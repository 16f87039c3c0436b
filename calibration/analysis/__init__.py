"""Agreement and accuracy of a file of ratings: reading, measuring and writing the report. No database is needed."""
