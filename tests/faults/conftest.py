# A program of its own, which begins by changing its clock: looking for examples in it would change the tests'.
collect_ignore = ["skewed_wsgi.py"]
