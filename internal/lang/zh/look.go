package zh

// look are the words of the page on which photos are looked at before they go to a factory.
func look() map[string]string {
	return map[string]string{
		"Photos for the factory":                     "给工厂的照片",
		"Look at photos":                             "查看照片",
		"Fine: no faces, no papers, no other brands": "可以：没有人脸、文件或其他品牌",
		"Cut away the left quarter":                  "裁掉左边四分之一",
		"Cut away the left half":                     "裁掉左半边",
		"Cut away the right quarter":                 "裁掉右边四分之一",
		"Cut away the right half":                    "裁掉右半边",
		"Cut away the top quarter":                   "裁掉上边四分之一",
		"Cut away the top half":                      "裁掉上半边",
		"Cut away the bottom quarter":                "裁掉下边四分之一",
		"Cut away the bottom half":                   "裁掉下半边",
		"Keep only the middle":                       "只保留中间部分",
		"Leave it out":                               "不发给工厂",
		"Save choices":                               "保存选择",
		"Change choices":                             "修改选择",
		"Photo %d of finding %d":                     "问题%[2]d的照片%[1]d",
		"open the photo":                             "打开照片",
		"What goes to the factory?":                  "发给工厂什么？",
		"%d more come after these.":                  "后面还有%d张。",
		"Please look at each photo once: no faces, no papers, no other brands. The factory gets only what you choose here.": "请逐张看一遍：不要有人脸、文件或其他品牌。工厂只会收到在这里选定的内容。",
		"No finding for the factory has a photo, so there is nothing to look at.":                                           "给工厂的问题都没有照片，不用查看。",
		"You have looked at all photos for the factory. You can make its version now.":                                      "给工厂的照片都看过了，现在可以生成工厂版。",
		"Slack cannot show it here: %s. If you cannot see it, please leave it out.":                                         "Slack 在这里无法显示：%s。如果看不到，请选“不发给工厂”。",
		"Slack cannot show it here any more. If you have not seen it, please leave it out.":                                 "Slack 在这里已无法显示。如果没看过，请选“不发给工厂”。",
		"Make it without them": "不放这些照片，直接生成",
		"Photos at which nobody has looked yet: %d. Please look at them first: no faces, no papers, no other brands. Then press Version for the factory again.": "还有%d张照片没有人看过。请先逐张看一遍：不要有人脸、文件或其他品牌。然后再点“工厂版”。",
	}
}
