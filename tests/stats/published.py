"""Published ratings that the tests reproduce, each with its source."""

# Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section C; 0 is missing.
# The same ratings are Gwet's four raters (Gwet 2014).
KRIPPENDORFF_C = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]

# The same paper, sections A (binary) and B (nominal): two observers.
KRIPPENDORFF_A = ["0100000010", "1110010000"]
KRIPPENDORFF_B = ["aabbdcccedda", "babbbccceddd"]

# Wikipedia, "Krippendorff's alpha", three coders, fifteen units; 0 is missing.
WIKIPEDIA_CODERS = [
    [0, 0, 0, 0, 0, 3, 4, 1, 2, 1, 1, 3, 3, 0, 3],
    [1, 0, 2, 1, 3, 3, 4, 3, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 2, 1, 3, 4, 4, 0, 2, 1, 1, 3, 3, 0, 4],
]

# Wikipedia, "Fleiss' kappa": ten subjects, fourteen raters, five categories.
FLEISS_TEXTBOOK = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]

# Fleiss 1971, table 1: thirty patients, six psychiatrists, five diagnoses.
_PATIENTS = """
    00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
    00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""
FLEISS_PATIENTS = [[int(digit) for digit in row] for row in _PATIENTS.split()]

# Gwet 2014: two raters on 125 subjects, the "paradox" of kappa; and a 3 x 3 table of two raters (METHODS, section 2).
PARADOX = [[118, 5], [2, 0]]
COHEN_TABLE = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
