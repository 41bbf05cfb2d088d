"""The darkroom: strangers' files are opened here and nowhere else, in child processes that may die of them."""
