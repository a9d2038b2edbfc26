// What the mode of venues says, in Chinese and English.

export const words = {
  title: { zh: "活动与文化场所", en: "Activities and venues" },
  headline: { zh: "{venues} 处场所，{visits} 人次", en: "{venues} venues, {visits} visits" },
  basis: { zh: "活动参加人次（不记录参加者），来自事项台账", en: "Visits of activities, from the records; who came is not kept" },
  all: { zh: "全部", en: "All" },
  coming: { zh: "近期活动", en: "Coming" },
  most: { zh: "场所", en: "Venues" },
  held: { zh: "{n} 场，{visits} 人次", en: "{n} held, {visits} visits" },
  unused: { zh: "没有活动记录", en: "nothing held" },
  failed: { zh: "没有取到场所", en: "Venues are not available" },
  more: { zh: "另有 {n} 处", en: "{n} more" },
} as const;
