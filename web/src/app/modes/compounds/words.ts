// The words of compounds and what serves them.

import { words } from "../../words/words";

export const t = words({
  headline: { zh: "{good} / {all}", en: "{good} of {all}" },
  organised: { zh: "小区有党组织覆盖", en: "compounds with a party organisation" },
  stationed: { zh: "小区有党群服务站服务", en: "compounds served by a station" },
  organisations: { zh: "小区党组织", en: "Party organisations" },
  lacking: { zh: "缺党组织或服务站的小区", en: "Compounds that lack one" },
  complete: { zh: "所有小区都有党组织和服务站。", en: "Every compound has an organisation and a station." },
  noOrganisation: { zh: "无党组织", en: "no organisation" },
  noStation: { zh: "无服务站", en: "no station" },
  records: { zh: "责任记录", en: "records of duties" },
  layer: { zh: "设施图层", en: "layer of facilities" },
  orgRule: { zh: "当日有党组织负责该小区", en: "an organisation answers for the compound on that day" },
  stationRule: { zh: "有运营中的服务站注明服务该小区", en: "an open station names the compound as served" },
  loading: { zh: "正在加载…", en: "Loading…" },
});
