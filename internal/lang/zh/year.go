package zh

// year is a factory's yearly page, and the plot of its score.
func year() map[string]string {
	return map[string]string{
		"Q%d %d":               "%[2]d年第%[1]d季度",
		"Score by quarter: %s": "各季度得分：%s",
		"points, 1 to 5":       "分，1至5",
		"Points, 1 to 5, and the grades. Below a point: how many lots + orders it was counted from.": "得分1至5及等级。点下方：统计所依据的批数＋订单数。",
		"No quarter has a score yet.":          "还没有任何季度有得分。",
		"Year %s: %s":                          "年度 %s：%s",
		"Yearly page %s":                       "年度页 %s",
		"Risk class: not known.":               "风险等级：未知。",
		"Risk class: %s.":                      "风险等级：%s。",
		"No quarter of %s has figures.":        "%s 没有任何季度的数据。",
		"Score":                                "得分",
		"no score":                             "无得分",
		"not known":                            "未知",
		"Visits and inspections in %s":         "%s 的拜访和验货",
		"None in %s.":                          "%s 没有。",
		"Open actions":                         "未关闭的整改",
		"None is open.":                        "没有未关闭的整改。",
		"Agreements that end":                  "即将到期的协议",
		"None ends within a year.":             "一年内没有协议到期。",
		"… and %d more lines":                  "……还有%d行",
		"Parts left out for want of room: %d.": "因版面不够而省略的部分：%d个。",
		"What we agreed to work on, by whom and until when":    "我们商定的改进事项、负责人和期限",
		"Nothing is missing.":                                  "没有缺项。",
		"Missing: %s.":                                         "缺少：%s。",
		"Missing: %s, and %d more.":                            "缺少：%s，以及另外%d项。",
		"Counted from what %s may see.":                        "仅根据 %s 可见的内容统计。",
		"□ stands for a character that this file cannot show.": "□ 表示本文件无法显示的字符。",
		"These figures are our own. Please go through them with the factory before anybody uses them.": "这些数据是我方自己的。使用之前请先与工厂一起核对。",
	}
}
