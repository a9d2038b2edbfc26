"""The workspace's file - layers, plans and the edit log in one GeoPackage."""
