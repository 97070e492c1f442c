"""Target, and the native translation stage."""
