"""The instructor's tools: from texts to notebooks, from solutions to references."""
