"""Pictures of plans - folium maps and matplotlib plots."""
