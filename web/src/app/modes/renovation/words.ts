// The words of renovation.

import { words } from "../../words/words";

export const t = words({
  headline: { zh: "{good} / {all}", en: "{good} of {all}" },
  accepted: { zh: "项改造工程已验收", en: "works accepted" },
  compounds: { zh: "改造小区", en: "Compounds under renovation" },
  late: { zh: "已逾期", en: "overdue" },
  list: { zh: "进度最慢的小区", en: "Furthest behind" },
  none: { zh: "没有改造项目。", en: "There are no works." },
  basis: { zh: "改造事项，一项工程一件", en: "matters of renovation, one a works item" },
  source: { zh: "事项记录", en: "records of matters" },
  rule: { zh: "小区按其进度最慢的工程计", en: "a compound is at the stage of its slowest works" },
  works: { zh: "{n} 项", en: "{n} works" },
  loading: { zh: "正在加载…", en: "Loading…" },
});
