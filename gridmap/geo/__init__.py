"""Arrays of shapes - frames, coverages, adjacency, cells. Nothing about grids."""
