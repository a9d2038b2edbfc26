// The words of staffing.

import { words } from "../../words/words";

export const t = words({
  headline: { zh: "{good} / {all}", en: "{good} for {all}" },
  workers: { zh: "名专职网格员 / 网格", en: "grid workers for grids" },
  holders: { zh: "{holders} 名 / {places} 处", en: "{holders} for {places}" },
  vacancies: { zh: "{n} 处空缺", en: "{n} vacant" },
  short: { zh: "社区工作者不足的社区", en: "Communities short of workers" },
  enough: { zh: "所有社区都已足额。", en: "Every community has enough." },
  present: { zh: "{present} / {needed}", en: "{present} of {needed}" },
  grids: { zh: "没有专职网格员的网格", en: "Grids without a worker of their own" },
  none: { zh: "每个网格都有自己的网格员。", en: "Every grid has its own worker." },
  vacant: { zh: "空缺", en: "vacant" },
  shared: { zh: "共用", en: "shared" },
  basis: { zh: "责任记录", en: "records of duties" },
  each: { zh: "每处应有一名；可兼任", en: "one each; one may answer for several" },
  several: { zh: "不要求每处都有", en: "not wanted at each" },
  ratio: { zh: "每万名常住人口 {n} 名社区工作者", en: "{n} community workers per 10,000 residents" },
  loading: { zh: "正在加载…", en: "Loading…" },
});
