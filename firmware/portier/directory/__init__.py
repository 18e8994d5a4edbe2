"""Who lives here, their lines and access codes: in a database of its own, apart from how it is built."""
