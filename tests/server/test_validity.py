"""The city as it was: where, and features of a day; files that hold from a day."""

import json

API = "/api/v1"


def test_what_was_there_on_a_day(served):
    ws = served.service.ws
    buildings = ws.city().buildings
    gone = buildings.iloc[0]
    middle = gone.geometry.representative_point()
    lon, lat = ws.city().frame.to_lonlat([middle.x], [middle.y])
    ws.import_layer("buildings", buildings.iloc[1:], valid_from="2025-03-01")
    spot = f"{API}/where?lon={lon[0]}&lat={lat[0]}"
    assert served.json(f"{spot}&at=2025-02-28")["building"]["code"] == gone["id"]
    assert served.json(f"{spot}&at=2025-03-01")["building"] is None
    assert served.json(spot)["building"] is None
    assert served.json(f"{spot}&at=2999-01-01")["building"] is None, "who will answer may be asked"
    items = f"/ogc/collections/buildings/items?id={gone['id']}&datetime="
    assert served.json(f"{items}2025-02-28")["numberMatched"] == 1
    assert served.json(f"{items}2025-03-01")["numberMatched"] == 0
    told = served.json(f"{items}2025-02-28T12:00:00Z")["features"][0]["properties"]
    assert "households" not in told
    assert "elders_60" not in told
    assert served.json("/ogc/collections/grids/items?datetime=2025-02-28")["numberMatched"] > 200


def test_a_file_that_holds_from_a_day(served):
    ring = [[111.78, 37.26], [111.781, 37.26], [111.781, 37.261], [111.78, 37.261], [111.78, 37.26]]
    feature = {"type": "Feature", "properties": {"id": "W9"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    body = json.dumps({"type": "FeatureCollection", "features": [feature]})
    sent = served.http.post(f"{API}/uploads?name=water.geojson&layer=water", content=body)
    assert sent.status_code == 201, sent.text
    before = len(served.service.ws.city().water)
    took = served.post(f"{API}/uploads/{sent.json()['id']}/take", {"valid_from": "2025-06-01"})
    assert took["notes"][-1].startswith(f"{before} rows changed or vanished") or not before
    ws = served.service.ws
    assert set(ws.city(at="2025-06-01").water["id"]) == {"W9"}
    assert len(ws.city(at="2025-05-31").water) == before
    assert served.http.post(f"{API}/uploads/x/take", json={"valid_from": "March"}).status_code == 422
