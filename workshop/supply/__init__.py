"""Where every bit comes from: the engine, the tools, the images."""
