"""The formulas of the course, twice: a NumPy reference and torch, under the same names."""
