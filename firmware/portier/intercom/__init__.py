"""The intercom mode of lines at their operator: numbers, options, and what is changed of them. Pure."""
