"""§2.2 over HTTP: views parse, call, answer."""
