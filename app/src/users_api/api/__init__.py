"""HTTP: routes, what goes in and what comes out."""
