// The modes, in the order of their tabs. Each one's code is loaded when it is first used.

import type { Listed } from "./mode";

const can = (right: string) => (session: { rights: readonly string[] }) => session.rights.includes(right);

export const MODES: readonly Listed[] = [
  {
    id: "balance",
    key: "b",
    words: { zh: "均衡", en: "Balance" },
    icon: "M4 20V10h4v10zM10 20V4h4v16zM16 20v-7h4v7z",
    allowed: can("view"),
    phone: true,
    load: () => import("./balance"),
  },
  {
    id: "staffing",
    key: "f",
    words: { zh: "力量", en: "Staffing" },
    icon: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-7 7-7s7 3 7 7M17 4v6M14 7h6",
    allowed: can("view"),
    phone: true,
    load: () => import("./staffing"),
  },
  {
    id: "compounds",
    key: "c",
    words: { zh: "小区", en: "Compounds" },
    icon: "M3 21V9l6-4v16M9 21V3l12 6v12M3 21h18M13 11h4M13 15h4",
    allowed: can("view"),
    phone: true,
    load: () => import("./compounds"),
  },
  {
    id: "renovation",
    key: "n",
    words: { zh: "改造", en: "Renovation" },
    icon: "M3 21l9-9M14 3a6 6 0 0 0-4 9l2 2a6 6 0 0 0 9-4l-4 2-3-3z",
    allowed: can("view"),
    phone: true,
    load: () => import("./renovation"),
  },
  {
    id: "edit",
    key: "e",
    words: { zh: "编辑", en: "Edit" },
    icon: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
    allowed: (session) => can("edit")(session) || can("review")(session),
    phone: true,
    load: () => import("./edit"),
  },
  {
    id: "here",
    key: "h",
    words: { zh: "我的网格", en: "My grid" },
    icon: "M12 2a7 7 0 0 0-7 7c0 5 7 13 7 13s7-8 7-13a7 7 0 0 0-7-7z",
    allowed: can("view"),
    phone: true,
    load: () => import("./here"),
  },
  {
    id: "matters",
    key: "m",
    words: { zh: "事项", en: "Matters" },
    icon: "M4 4h16v12H8l-4 4zM8 8h8M8 12h5",
    allowed: can("records"),
    phone: true,
    load: () => import("./matters"),
  },
  {
    id: "venues",
    key: "v",
    words: { zh: "活动场所", en: "Venues" },
    icon: "M4 10l8-6 8 6v10H4zM9 20v-6h6v6",
    allowed: can("view"),
    phone: true,
    load: () => import("./venues"),
  },
  {
    id: "import",
    key: "i",
    words: { zh: "导入", en: "Import" },
    icon: "M12 3v11M7 9l5 5 5-5M4 17v4h16v-4",
    allowed: can("import"),
    phone: false,
    load: () => import("./import"),
  },
];
