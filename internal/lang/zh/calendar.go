package zh

import "fmt"

// rhythms are how rules of a calendar read.
func rhythms() map[string]string {
	words := map[string]string{
		"%s, from %s":                     "%s，从%s起",
		"never":                           "从不",
		"every week on %s":                "每周%s",
		"every second week on %s":         "每两周的%s",
		"every %d weeks on %s":            "每%d周的%s",
		"%s (or the last day)":            "%s（或最后一天）",
		"every year on %s":                "每年%s",
		"every %d years on %s":            "每%d年的%s",
		"every year on %s of %s":          "每年%[2]s%[1]s",
		"every %d years on %s of %s":      "每%[1]d年%[3]s%[2]s",
		"every month on %s":               "每月%s",
		"every second month on %s":        "每两个月的%s",
		"every %d months on %s":           "每%d个月的%s",
		"every %s":                        "每个%s",
		"every day from Monday to Friday": "周一至周五每天",
		"every month":                     "每月",
		"every day":                       "每天",
		"every day in %s":                 "%s每天",
		"on the %s of %s":                 "%[2]s的%[1]s",
		"on the %s of %s, and besides %s": "%[2]s的%[1]s，以及%[3]s",
		"the last day":                    "最后一天",
		"the %s":                          "%s",
		"the first working day":           "第一个工作日",
		"the last working day":            "最后一个工作日",
		"the %s working day":              "%s工作日",
		"first":                           "第一个", "second": "第二个", "third": "第三个", "fourth": "第四个", "fifth": "第五个", "last": "最后一个",
		"weeks": "周", "months": "个月", "years": "年", "working day": "工作日",
		"the %s %s": "%s%s",
	}
	for n := 1; n <= 31; n++ {
		words[numbered(n)] = fmt.Sprintf("%d日", n)
	}
	return words
}

// numbered is a day of a month in English.
func numbered(n int) string {
	end := "th"
	if n < 11 || n > 13 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, end)
}
