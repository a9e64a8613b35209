package zh

// factory are the words of a factory's page and of what is found without a visit.
func factory() map[string]string {
	return map[string]string{
		// A finding without a visit.
		"Customer complaint":           "客户反馈",
		"Our warehouse":                "我方仓库",
		"Call":                         "电话沟通",
		"Somewhere else":               "其他",
		"Where was it seen?":           "在哪里发现的？",
		"Claim by":                     "索赔截止日",
		"Claim by %s":                  "%s前索赔",
		"Channel":                      "频道",
		"%s, without a visit":          "%s，不属于任何拜访",
		"Findings without a visit, %s": "不属于任何拜访的问题：%s",
		"For the members of %s.":       "%s 的成员可以看到。",
		"Open factory":                 "打开工厂",
		"Edit factory":                 "编辑工厂",
		"The day by which the factory must have the claim. You are reminded before it.":                           "工厂必须在这一天之前收到索赔。之前会提醒您。",
		"Its members see the finding, and reminders of it come there.":                                            "该频道的成员可以看到这个问题，提醒也会发到那里。",
		"Agreement %d gives %d days for a claim. The document says from when they count.":                         "协议%[1]d约定的索赔期为%[2]d天，从何时起算以文件为准。",
		"That day is over. Pick a later one, or leave it empty and write what was claimed.":                       "这一天已经过了。请选以后的日期，或留空并写明已经提出的索赔。",
		"Please pick a channel: its members will see the finding.":                                                "请选择频道：该频道的成员将看到这个问题。",
		"Please pick where it was seen.":                                                                          "请选择在哪里发现的。",
		"Please pick a channel that I am in, see /invite @visitprep, and that isn't shared with another company.": "请选择我已加入（用 /invite @visitprep 邀请）、并且没有与其他公司共享的频道。",

		// The page.
		"No address for the driver yet":   "还没有给司机的地址",
		"No contacts yet":                 "还没有联系人",
		"For the driver":                  "给司机看",
		"Contacts":                        "联系人",
		"All visits of this factory":      "全部拜访",
		"All inspections at this factory": "全部验货",
		"All actions":                     "全部整改",
		"All findings without a visit":    "全部不属于拜访的问题",
		"Open a visit":                    "打开一次拜访",
		"Open an inspection":              "打开一次验货",
		"Open a finding":                  "打开一个问题",
		"Visits: %d":                      "拜访：%d",
		"Inspections: %d":                 "验货：%d",
		"Open actions: %d":                "未关闭的整改：%d",
		"Open actions: %d, overdue: %d":   "未关闭的整改：%d，其中逾期：%d",
		"Findings without a visit: %s":    "不属于拜访的问题：%s",
		"There is nothing about this factory in your channels yet.": "您的频道里还没有这家工厂的内容。",
		"Outcome: %s":        "结论：%s",
		"%s, order %s":       "%s，订单%s",
		"result missing":     "待报结果",
		"due %s":             "%s到期",
		"overdue by %d days": "逾期%d天",
		"claim by %s":        "%s前索赔",
		"Newer":              "较新的",
		"Older":              "较早的",

		// Which factory.
		"Which factory do you mean?": "您指的是哪家工厂？",
		"I can't find a factory like %q in your channels. Type /factory for all of them, or /factory help.": "在您的频道里找不到像%q这样的工厂。输入 /factory 查看全部，或输入 /factory help。",
		"I can't find a factory like %q in your channels. Did you mean one of these?":                       "在您的频道里找不到像%q这样的工厂。您指的是下面的某一家吗？",
		"Showing the first %d of %d. Type more of the name.":                                                "显示%[2]d家中的前%[1]d家。请再输入一些名称。",
		"There are no factories in your channels yet. Plan a visit or schedule an inspection to add one.":   "您的频道里还没有工厂。计划一次拜访或安排一次验货即可添加。",
	}
}
