// The words of balance.

import { words } from "../../words/words";

export const t = words({
  headline: { zh: "{good} / {all}", en: "{good} of {all}" },
  inRange: { zh: "网格户数合适", en: "grids in range" },
  source: { zh: "楼栋图层", en: "layer of buildings" },
  rule: { zh: "每格 {low}–{high} 户", en: "{low}–{high} households a grid" },
  households: { zh: "户数", en: "Households" },
  unit: { zh: "户", en: "" },
  good: { zh: "合适", en: "In range" },
  goodAbout: { zh: "户数合适的网格 / 全部居民网格", en: "resident grids in range, of all" },
  status: { zh: "状态", en: "Status" },
  histogram: { zh: "各网格户数分布", en: "Grids by number of households" },
  worst: { zh: "偏离最多的网格", en: "Farthest out of range" },
  allGood: { zh: "所有网格户数合适。", en: "Every grid is in range." },
  none: { zh: "此工作区还没有网格方案。", en: "This workspace has no plan yet." },
  few: { zh: "人数少，不予公布", en: "held back" },
  parts: { zh: "逐级查看", en: "Step by step" },
});
