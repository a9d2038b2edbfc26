"""gridmap: plan and map the grids (网格) by which Chinese cities are governed."""
