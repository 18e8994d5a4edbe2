"""`portier line`: the intercom mode of lines, seen and set at their operator."""
