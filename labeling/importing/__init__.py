"""Reading and checking files of items and labels: bytes in, rows and problems by line out. Knows no database."""
