// The page's words in both languages, and how figures are written.

import type { Figure, Grids, Language } from "./document";
import { tokens } from "../tokens";

const zh = {
  in_range_of: (low: number, high: number) => `个居民网格在 ${low}–${high} 户之间`,
  plans: "方案",
  before: "调整前",
  after: "调整后",
  worst: "偏离最多的网格",
  none_out: "所有居民网格都在范围内",
  histogram: "网格按户数分布",
  legend: "图例",
  layers: "图层",
  boundaries: "界线",
  grid: "网格界",
  community: "社区界",
  subdistrict: "街道界",
  compound: "小区",
  renovation: "列入改造的小区",
  buildings: "楼栋",
  labels: "注记",
  facilities: "设施",
  special: "专属网格",
  households: "户数",
  households_unit: "户",
  unknown_buildings: "户数不明的楼栋",
  residents: "常住人口",
  elders_60: "60 岁以上",
  elders_80: "80 岁以上",
  children: "14 岁以下",
  compounds: "小区",
  buildings_count: "楼栋",
  area: "面积",
  compactness: "紧凑度",
  parts: "分成几块",
  over_by: (n: string) => `超出 ${n} 户`,
  under_by: (n: string) => `不足 ${n} 户`,
  unknown: "不明",
  held: (k: number) => `＊：少于 ${k} 人的数字以及可据以推算的数字不显示`,
  compact_about: "面积与同周长圆面积之比，1 为圆",
  basis: "户数口径",
  drawn: "制图日期",
  sample: "虚构示例",
  sample_about: "地名与公布的总数属实，边界、楼栋和人口数字均为虚构",
  collapse: "收起",
  expand: "展开",
  north: "北",
  fly: "在图上查看",
  not_outside: "专属网格不计入户数均衡",
  opening: "开放时间",
  phone: "电话",
  address: "地址",
  status: "状态",
  switch_language: "English",
  close: "关闭",
  here: "所在小区",
  new_grid: "新网格",
  bare: "未划网格的社区",
};

export type Words = typeof zh;

const en: Words = {
  in_range_of: (low, high) => `resident grids hold ${low}–${high} households`,
  plans: "Plan",
  before: "Before",
  after: "After",
  worst: "Farthest out of range",
  none_out: "Every resident grid is in range",
  histogram: "Grids by households",
  legend: "Legend",
  layers: "Layers",
  boundaries: "Boundaries",
  grid: "grid",
  community: "community",
  subdistrict: "subdistrict",
  compound: "compounds",
  renovation: "compound to be renovated",
  buildings: "buildings",
  labels: "names",
  facilities: "Facilities",
  special: "special grid",
  households: "Households",
  households_unit: "households",
  unknown_buildings: "Buildings of unknown households",
  residents: "Residents",
  elders_60: "Aged 60 and over",
  elders_80: "Aged 80 and over",
  children: "Under 14",
  compounds: "Compounds",
  buildings_count: "Buildings",
  area: "Area",
  compactness: "Compactness",
  parts: "Separate parts",
  over_by: (n) => `${n} too many`,
  under_by: (n) => `${n} too few`,
  unknown: "unknown",
  held: (k) => `＊: figures below ${k} persons, and others that would reveal one, are not shown`,
  compact_about: "area over the area of a circle of the same perimeter; 1 is a circle",
  basis: "Households",
  drawn: "Drawn",
  sample: "Fictitious",
  sample_about: "Names and published totals are real; boundaries, buildings and people are invented",
  collapse: "Collapse",
  expand: "Expand",
  north: "N",
  fly: "show on the map",
  not_outside: "Special grids are outside the balance of households",
  opening: "Open",
  phone: "Phone",
  address: "Address",
  status: "Status",
  switch_language: "中文",
  close: "Close",
  here: "Compound here",
  new_grid: "new grid",
  bare: "communities without grids",
};

export function words(language: Language): Words {
  return language === "zh" ? zh : en;
}

const BASES: Record<string, { zh: string; en: string }> = {
  dwelling: { zh: "住宅套数", en: "dwellings" },
  resident: { zh: "常住户", en: "resident households" },
  registered: { zh: "户籍户", en: "registered households" },
  unstated: { zh: "未注明", en: "basis unstated" },
};

const STATES: Record<string, { zh: string; en: string }> = {
  planned: { zh: "规划", en: "planned" },
  building: { zh: "在建", en: "being built" },
  open: { zh: "运营", en: "open" },
  closed: { zh: "停用", en: "closed" },
};

export function basisName(basis: string, language: Language): string {
  return BASES[basis]?.[language] ?? basis;
}

export function stateName(state: string, language: Language): string {
  return STATES[state]?.[language] ?? state;
}

export interface FacilityLook {
  glyph: string;
  zh: string;
  en: string;
}

/** The glyph and names of a facility kind; kinds that have none of their own share `other`. */
export function facilityLook(kind: string): FacilityLook {
  const looks: Record<string, FacilityLook> = tokens.facility;
  return Object.hasOwn(looks, kind) ? (looks[kind] ?? tokens.facility.other) : tokens.facility.other;
}

/** Stands for a figure that the release holds back. */
export const HELD = "＊";

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A count with thousands separated. */
export function count(value: number): string {
  return GROUPED.format(value);
}

/** A figure that may be unknown (null) or held back (-1), which does not mean that it is small. */
export function figure(value: Figure | undefined, language: Language): string {
  if (value === null || value === undefined) return words(language).unknown;
  return value < 0 ? HELD : count(value);
}

/** A grid's name where its community is said already. */
export function shortName(grids: Grids, row: number, language: Language): string {
  const unnamed = `${words(language).new_grid} ${grids.number[row] ?? ""}`.trim();
  return [grids.short[row], unnamed].find(Boolean) ?? "";
}

/** A grid's name that stands alone. */
export function fullName(grids: Grids, row: number, language: Language): string {
  if (grids.name[row]) return grids.name[row];
  const community = grids.community[row] ?? "";
  const gap = /[\u3400-\u9fff]/.test(community) && language === "zh" ? "" : " ";
  return `${community}${gap}${shortName(grids, row, language)}`.trim();
}

/** An area in hectares below one square kilometre. */
export function area(m2: number): string {
  return m2 < 1_000_000 ? `${(m2 / 10_000).toFixed(1)} ha` : `${(m2 / 1_000_000).toFixed(2)} km²`;
}
