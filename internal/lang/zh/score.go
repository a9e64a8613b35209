package zh

// score is risk class, scorecard, deliveries and the proposal of the next visit.
func score() map[string]string {
	return map[string]string{
		"Quality":                       "质量",
		"Delivery":                      "交付",
		"Service":                       "服务",
		"Compliance":                    "合规",
		"Lots passed at first":          "首次检验合格批",
		"Major faults":                  "严重缺陷",
		"Orders whole and on time":      "足量按期交货的订单",
		"Actions verified by their day": "按期完成并验证的措施",
		"Mark":                          "评分",
		"Certificates that hold":        "有效证书",
		"High":                          "高",
		"New":                           "新",
		"Medium":                        "中",
		"Low":                           "低",
	}
}
