"""The optimiser that draws the grids."""
