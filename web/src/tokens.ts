// Generated from gridmap/rules/look.toml by `python -m gridmap.maps.tokens`. Do not edit.

export const tokens = {
  "status": {
    "under": {
      "light": "#2c7fb8",
      "dark": "#5aa9dd",
      "sign": "▾",
      "zh": "偏小",
      "en": "under range"
    },
    "in_range": {
      "light": "#c7e3c0",
      "dark": "#4f7a4a",
      "sign": "✓",
      "zh": "合适",
      "en": "in range"
    },
    "over": {
      "light": "#e6873c",
      "dark": "#f0a163",
      "sign": "▴",
      "zh": "偏大",
      "en": "over range"
    },
    "unknown": {
      "light": "#b9b9b4",
      "dark": "#6d6d69",
      "sign": "?",
      "zh": "不明",
      "en": "unknown"
    },
    "special": {
      "light": "#8f86a8",
      "dark": "#a79fc0",
      "sign": "◇",
      "zh": "专属",
      "en": "special"
    }
  },
  "grid": {
    "fill_opacity": 0.55,
    "boundary": {
      "light": "#2f3437",
      "dark": "#e4e2dc"
    },
    "grid_px": 1.5,
    "community_px": 3.0,
    "subdistrict_px": 4.5
  },
  "coverage": {
    "minutes_5": {
      "light": "#08519c",
      "dark": "#9ecae1"
    },
    "minutes_10": {
      "light": "#4292c6",
      "dark": "#4292c6"
    },
    "minutes_15": {
      "light": "#9ecae1",
      "dark": "#08519c"
    },
    "uncovered": {
      "light": "#3b3b3b",
      "dark": "#f2f2f2"
    },
    "cluster": {
      "light": "#a04b00",
      "dark": "#f0a163"
    }
  },
  "siting": {
    "existing": {
      "light": "#3c4a57",
      "dark": "#c4ced8"
    },
    "proposed": {
      "light": "#b0417e",
      "dark": "#e58bbb"
    }
  },
  "matter": {
    "stage_1": {
      "light": "#0b6aa8",
      "dark": "#6bb7ea"
    },
    "stage_2": {
      "light": "#6d4aa0",
      "dark": "#b59be0"
    },
    "stage_3": {
      "light": "#0f7b6c",
      "dark": "#59c2b2"
    },
    "stage_4": {
      "light": "#a0522d",
      "dark": "#dd9a72"
    },
    "stage_5": {
      "light": "#5b6f12",
      "dark": "#b2c95a"
    },
    "ended": {
      "light": "#8a8883",
      "dark": "#85837e"
    },
    "late": {
      "light": "#e6873c",
      "dark": "#f0a163"
    },
    "late_text": {
      "light": "#a04b00",
      "dark": "#f0a163"
    },
    "heat_1": {
      "light": "#d9d4e8",
      "dark": "#3d3650"
    },
    "heat_2": {
      "light": "#b3a6d3",
      "dark": "#5c4f80"
    },
    "heat_3": {
      "light": "#8572b5",
      "dark": "#8472b4"
    },
    "heat_4": {
      "light": "#573f93",
      "dark": "#b3a4dd"
    }
  },
  "staffing": {
    "vacant": {
      "light": "#e6873c",
      "dark": "#f0a163"
    },
    "shared": {
      "light": "#8f86a8",
      "dark": "#a79fc0"
    },
    "held": {
      "light": "#c7e3c0",
      "dark": "#4f7a4a"
    }
  },
  "finding": {
    "error": {
      "light": "#a3321f",
      "dark": "#f08a74"
    },
    "warning": {
      "light": "#96600a",
      "dark": "#eeb95c"
    },
    "note": {
      "light": "#3f6380",
      "dark": "#9cc0dd"
    }
  },
  "base": {
    "land": {
      "light": "#f7f6f3",
      "dark": "#1c1d1f"
    },
    "building": {
      "light": "#e3e0d9",
      "dark": "#2b2d30"
    },
    "water": {
      "light": "#c3d0d8",
      "dark": "#27343c"
    },
    "green": {
      "light": "#d5ddd0",
      "dark": "#273029"
    },
    "street": {
      "light": "#ffffff",
      "dark": "#3a3d41"
    },
    "street_casing": {
      "light": "#cfccc5",
      "dark": "#141517"
    },
    "name": {
      "light": "#6b6a66",
      "dark": "#a5a39d"
    },
    "halo": {
      "light": "#ffffff",
      "dark": "#1c1d1f"
    }
  },
  "type": {
    "family": "\"PingFang SC\", \"Microsoft YaHei\", \"Noto Sans CJK SC\", \"Noto Sans SC\", sans-serif",
    "body_px": 14,
    "label_px": 12,
    "headline_px": 20
  },
  "facility": {
    "canteen": {
      "glyph": "餐",
      "zh": "社区食堂",
      "en": "canteen"
    },
    "care_class": {
      "glyph": "托",
      "zh": "托管班",
      "en": "care class"
    },
    "service_station": {
      "glyph": "站",
      "zh": "党群服务站",
      "en": "service station"
    },
    "service_center": {
      "glyph": "心",
      "zh": "党群服务中心",
      "en": "service centre"
    },
    "disability_home": {
      "glyph": "残",
      "zh": "残疾人之家",
      "en": "home for the disabled"
    },
    "mediation_station": {
      "glyph": "调",
      "zh": "调解站",
      "en": "mediation station"
    },
    "school": {
      "glyph": "校",
      "zh": "学校",
      "en": "school"
    },
    "clinic": {
      "glyph": "医",
      "zh": "卫生服务",
      "en": "clinic"
    },
    "elder_home": {
      "glyph": "老",
      "zh": "敬老院",
      "en": "old people's home"
    },
    "playground": {
      "glyph": "乐",
      "zh": "儿童游乐场",
      "en": "playground"
    },
    "park": {
      "glyph": "园",
      "zh": "公园",
      "en": "park"
    },
    "nursery": {
      "glyph": "幼",
      "zh": "托育机构",
      "en": "nursery"
    },
    "day_care": {
      "glyph": "日",
      "zh": "日间照料中心",
      "en": "day care"
    },
    "culture_station": {
      "glyph": "文",
      "zh": "文化站",
      "en": "culture station"
    },
    "culture_venue": {
      "glyph": "艺",
      "zh": "文化场馆",
      "en": "culture venue"
    },
    "folk_village": {
      "glyph": "村",
      "zh": "民俗村",
      "en": "folk village"
    },
    "experience_zone": {
      "glyph": "验",
      "zh": "体验区",
      "en": "experience zone"
    },
    "reading_zone": {
      "glyph": "书",
      "zh": "阅读服务点",
      "en": "reading service zone"
    },
    "premises": {
      "glyph": "房",
      "zh": "公共服务用房",
      "en": "service premises"
    },
    "other": {
      "glyph": "●",
      "zh": "其他设施",
      "en": "other facility"
    }
  },
  "tint": {
    "tint_1": {
      "light": "#dbe6ee",
      "dark": "#2d3a44"
    },
    "tint_2": {
      "light": "#f0e5d2",
      "dark": "#443a2a"
    },
    "tint_3": {
      "light": "#dfead6",
      "dark": "#303d2b"
    },
    "tint_4": {
      "light": "#eadfec",
      "dark": "#3c3040"
    },
    "tint_5": {
      "light": "#f1eec4",
      "dark": "#3f3d25"
    }
  },
  "culture": {
    "kinds": [
      "culture_station",
      "culture_venue",
      "folk_village",
      "experience_zone",
      "reading_zone"
    ]
  },
  "barrier": {
    "river": {
      "light": "#9db3c1",
      "dark": "#3b5563",
      "zh": "河流",
      "en": "river"
    },
    "railway": {
      "light": "#8d8a84",
      "dark": "#6e6c68",
      "zh": "铁路",
      "en": "railway"
    },
    "expressway": {
      "light": "#c9b27c",
      "dark": "#7a6b45",
      "zh": "快速路",
      "en": "expressway"
    },
    "other": {
      "light": "#8d8a84",
      "dark": "#6e6c68",
      "zh": "屏障",
      "en": "barrier"
    }
  },
  "street_px": {
    "arterial": 7.0,
    "collector": 5.0,
    "local": 3.0,
    "lane": 1.6,
    "path": 1.0
  },
  "compound": {
    "outline": {
      "light": "#a39c8f",
      "dark": "#57534b"
    },
    "renovation": {
      "light": "#8c6d31",
      "dark": "#c9a75c"
    }
  },
  "ui": {
    "surface": {
      "light": "#ffffff",
      "dark": "#232528"
    },
    "sunken": {
      "light": "#f1efeb",
      "dark": "#191a1c"
    },
    "text": {
      "light": "#24272a",
      "dark": "#ecebe7"
    },
    "muted": {
      "light": "#63625e",
      "dark": "#aaa8a2"
    },
    "line": {
      "light": "#e2dfd9",
      "dark": "#3a3c40"
    },
    "focus": {
      "light": "#1f5f99",
      "dark": "#7fbcec"
    },
    "badge": {
      "light": "#7a4a12",
      "dark": "#f0c38b"
    },
    "badge_ground": {
      "light": "#fbeedb",
      "dark": "#3d2f1c"
    },
    "facility": {
      "light": "#3c4a57",
      "dark": "#c4ced8"
    },
    "facility_text": {
      "light": "#ffffff",
      "dark": "#1c1d1f"
    }
  }
} as const;

export type Tokens = typeof tokens;
