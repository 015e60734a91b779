"""The grader: values out of the sandbox, marks into nbgrader's gradebook."""
