import type { Grids, MapDocument } from "../../src/folium/document";

/** A document of three resident grids and a special one; `name` goes wherever a name can go. */
export function sampleDocument(name = "测试"): MapDocument {
  const grids = (households: (number | null)[], status: number[], distance: number[]): Grids => ({
    name: [name, name, name, name],
    short: ["第1网格", "第2网格", "第3网格", "园区"],
    number: ["001", "002", "003", "901"],
    code: ["141182001001001", "141182001001002", "141182001001003", "141182001001901"],
    community: [name, name, name, name],
    subdistrict: [name, name, name, name],
    shapes: "",
    anchors: "",
    room: [40, 40, 40, 40],
    status,
    distance,
    households,
    unknown_buildings: [0, 2, 0, 0],
    residents: [800, null, 1200, 0],
    elders_60: [150, -1, 200, 0],
    elders_80: [-1, -1, 30, 0],
    children: [90, 80, 110, 0],
    compounds: [2, 3, 1, 0],
    buildings: [20, 22, 18, 0],
    area_m2: [45_000, 50_000, 2_000_000, 10_000],
    compactness: [0.7, 0.6, null, 0.785],
    parts: [1, 2, 1, 1],
  });
  const areas = { name: [name], shapes: "", anchors: "", room: [100] };
  return {
    title: name,
    city: name,
    sample: true,
    date: "2025-07-01",
    basis: "dwelling",
    basis_date: "2025-06-30",
    window: [300, 500],
    k: 10,
    language: "zh",
    origin: [111.788, 37.265],
    bounds: [111.78, 37.26, 111.8, 37.27],
    plans: [
      { label: "", name: "present", grids: grids([250, 900, null, 0], [0, 2, 3, 4], [50, 400, 0, 0]), bare: [] },
      { label: "", name: "redrawn", grids: grids([300, 500, 410, 0], [1, 1, 1, 4], [0, 0, 0, 0]), bare: [0] },
    ],
    base: {
      buildings: "A",
      water: "",
      green: "",
      streets: {},
      barriers: {},
      street_names: { name: [], anchors: "", angle: [], length: [], rank: [] },
    },
    communities: areas,
    subdistricts: areas,
    compounds: { ...areas, renovation: [1] },
    facilities: {
      points: "",
      kind: ["canteen", "canteen", "__proto__"],
      name: [name, "", name],
      status: ["open", "", ""],
      hours: [name, "", ""],
      phone: [name, "", ""],
      address: [name, "", ""],
    },
  };
}
