package zh

// common are the words of days, of menus, and of what can go wrong anywhere.
func common() map[string]string {
	return map[string]string{
		", ":                    "、", // between the things of a list
		"; ":                    "；", // between them where they have commas
		"Mon 2 January 2006":    "2006年1月2日（Mon）",
		"Monday 2 January 2006": "2006年1月2日 Monday",
		"Mon 2 January":         "1月2日（Mon）",
		"Mon 2":                 "2006年1月2日（Mon）",
		"2 January 2006":        "2006年1月2日",
		"2 January":             "1月2日",
		"2 Jan 2006":            "2006年1月2日",
		"Mon":                   "周一", "Tue": "周二", "Wed": "周三", "Thu": "周四", "Fri": "周五", "Sat": "周六", "Sun": "周日",
		"Monday": "星期一", "Tuesday": "星期二", "Wednesday": "星期三", "Thursday": "星期四", "Friday": "星期五", "Saturday": "星期六", "Sunday": "星期日",
		"%s to %s":   "%s至%s",
		"Pick a day": "选择日期",
		"Visit Prep": "Visit Prep",
		"Close":      "关闭",

		"That didn't work. Please try again. If it happens again, give the person who runs Visit Prep the reference %s.":                                                           "没有成功，请再试一次。如果再次出现，请把编号 %s 告诉管理 Visit Prep 的同事。",
		"Visits, inspections and factories are for members of this workspace. If you work for the team, an admin or whoever planned the visit can say so with /visit-prep guests.": "拜访、验货和工厂信息只对本工作区成员开放。如果您为本团队工作，可请管理员或拜访的安排人用 /visit-prep guests 确认。",
		"I could not check that just now. Please try again in a moment.":                                                                                                           "暂时无法核实，请稍后再试。",
		"I can't find that number in your channels. It may belong to a channel you're not in; someone there can invite you.":                                                       "在您的频道里找不到这个编号。它可能属于您不在的频道，可请那里的同事邀请您。",
		"That belongs to a private channel. Open it there, or on my Home tab.":                                                                                                     "这属于私有频道。请在那里或我的“主页”标签中打开。",
		"I can't save anything right now, and nothing has changed. Please try again in a minute. If it keeps happening, give the person who runs Visit Prep the reference %s.":     "现在无法保存，没有任何改动。请一分钟后再试。如果一直这样，请把编号 %s 告诉管理 Visit Prep 的同事。",
		"Visit Prep answers only members of the workspace that installed it. Please ask your contact there to share what you need.":                                                "Visit Prep 只回答安装它的工作区的成员。请向那边的联系人索取所需内容。",

		"One moment …": "请稍候……",
		"If this stays as it is, close it and open it again.": "如果一直停在这里，请关闭后重新打开。",
		"Open “%s”": "打开“%s”",
		"I couldn't open the form “%s”, because Slack didn't let me in time. Nothing has changed. Please open it here.":             "没能打开表单“%s”，Slack 没有及时响应。没有任何改动，请在这里打开。",
		"I couldn't fill the form “%s”, because Slack didn't answer. Nothing has changed. Please close it, and open it again here.": "没能填好表单“%s”，Slack 没有回答。没有任何改动，请关闭后在这里重新打开。",

		"Visit %d, %s":      "拜访%d，%s",
		"Inspection %d, %s": "验货%d，%s",
		"Inspection %d already has a result: %s.": "验货%d已有结果：%s。",

		// What visits and inspections are for.
		"Pre-shipment inspection":      "出货前验货",
		"During production inspection": "生产中验货",
		"Initial production check":     "产前及首件检验",
		"Container loading check":      "装柜监装",
		"Routine process audit":        "例行过程审核",
		"First visit":                  "首次拜访",
		"Visit during production":      "生产期间拜访",
		"Corrective action follow-up":  "整改跟进",
		"Negotiation":                  "商务谈判",
		"Process audit":                "过程审核",
		"Social audit":                 "社会责任审核",
		"Supplier audit":               "供应商审核",
		"Yearly review":                "年度回访",
	}
}
