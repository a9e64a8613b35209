package zh

// people are the words of contacts, introductions, promises and gifts.
func people() map[string]string {
	return map[string]string{
		// On the page of a factory.
		"Add contact":                  "添加联系人",
		"Contacts: %d":                 "联系人：%d",
		"All contacts at this factory": "该厂全部联系人",
		"Open a contact":               "打开一位联系人",
	}
}
