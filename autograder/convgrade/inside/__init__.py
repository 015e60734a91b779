"""What lies inside the sandbox, and nothing else of the grader does: the runner, the watch on forbidden calls, the wire format.

In the sandbox these files are bound alone into a folder of their own and import each other by their short names.
"""
