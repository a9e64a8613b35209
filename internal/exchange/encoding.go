package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	xunicode "golang.org/x/text/encoding/unicode"
)

// errEncoding is what somebody reads whose file is text in no encoding that is certain.
var errEncoding = errors.New(`its letters are in an encoding that cannot be told for certain: save it again as "CSV UTF-8", or as .xlsx`)

// decodeText finds out how the letters of a text file are written, and reads them. The
// order is from what is certain to what is likely: a mark at the beginning, UTF-8, UTF-16
// by its zeros, and then what a spreadsheet in China (GB18030) or in Western Europe
// (Windows-1252) saves, each only where the outcome looks like its language. Doubt tells
// of such a guess, so that a wrong one is not silent.
func decodeText(data []byte) (s, doubt string, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return "", "", errors.New("it is a workbook, not text: let its name end in .xlsx")
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")): // UTF-32
		return "", "", errEncoding
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		s, err = strictly(xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM), data)
		return s, "", err
	case bytes.HasPrefix(data, []byte("\x84\x31\x95\x33")): // the mark in GB18030
		s, err = strictly(simplifiedchinese.GB18030, data)
		return s, "", err
	case len(data) > 1 && (data[0] == 0 || data[1] == 0): // the first sign is a letter or a mark of ASCII
		order := xunicode.LittleEndian
		if data[0] == 0 {
			order = xunicode.BigEndian
		}
		s, err = strictly(xunicode.UTF16(order, xunicode.IgnoreBOM), data)
		return s, "", err
	case utf8.Valid(data):
		// 谢谢 in GB18030 is UTF-8 for "лл", and 医院 for letters that no language has together.
		s := string(data)
		gb, err := strictly(simplifiedchinese.GB18030, data)
		if err == nil && inTwoBytes(s) && !likelyWestern(s) && (likelyChinese(gb) || strings.ContainsFunc(s, unusual)) {
			return "", "", errEncoding
		}
		return s, "", nil
	case bytes.HasPrefix(data, []byte(byteOrderMark)): // UTF-8 by its mark, and broken
		return "", "", errEncoding
	}
	for _, guess := range []struct {
		name    string
		coding  encoding.Encoding
		likely  func(string) bool
		foreign func(rune) bool // a sign that shows how it was read
	}{
		{"GB18030 (Chinese)", simplifiedchinese.GB18030, likelyChinese, isHan},
		{"Windows-1252 (Western European)", charmap.Windows1252, likelyWestern, func(c rune) bool { return c >= 0x80 }},
	} {
		if s, err := strictly(guess.coding, data); err == nil && guess.likely(s) {
			return s, fmt.Sprintf("it is not in UTF-8 and was read as %s, for example %q", guess.name, wordWith(s, guess.foreign)), nil
		}
	}
	return "", "", errEncoding
}

// strictly decodes all of data, or nothing.
func strictly(e encoding.Encoding, data []byte) (string, error) {
	b, err := e.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(b, utf8.RuneError) || bytes.IndexByte(b, 0) >= 0 {
		return "", errEncoding
	}
	return string(b), nil
}

// wordWith is the first word of s with such a sign.
func wordWith(s string, is func(rune) bool) string {
	for _, w := range strings.FieldsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(`,;|"`, c) }) {
		if strings.ContainsFunc(w, is) {
			return w
		}
	}
	return ""
}

// inTwoBytes reports whether UTF-8 needs no more for any letter of s.
func inTwoBytes(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c >= 0x800 })
}

// unusual reports whether c is none of the signs that today's languages write in two bytes.
func unusual(c rune) bool {
	return c >= 0x80 && !unicode.Is(usual, c)
}

var usual = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x00a0, Hi: 0x017f, Stride: 1},                                      // Latin
	{Lo: 0x01cd, Hi: 0x01dc, Stride: 1},                                      // Pinyin
	{Lo: 0x0218, Hi: 0x021b, Stride: 1},                                      // Romanian
	{Lo: 0x0300, Hi: 0x036f, Stride: 1},                                      // marks over letters
	{Lo: 0x0384, Hi: 0x03ce, Stride: 1},                                      // Greek
	{Lo: 0x0400, Hi: 0x045f, Stride: 1}, {Lo: 0x0490, Hi: 0x0491, Stride: 1}, // Cyrillic
	{Lo: 0x05d0, Hi: 0x05ea, Stride: 1}, // Hebrew
	{Lo: 0x060c, Hi: 0x0669, Stride: 1}, // Arabic
}}

func isHan(c rune) bool { return unicode.Is(unicode.Han, c) }

// likelyChinese reports whether s is Chinese, as opposed to another language that was
// read with China's characters: four in ten are among the commonest, of which chance
// would find one in ten, three quarters where there are few, and nothing stands there that
// is no sign of Chinese.
func likelyChinese(s string) bool {
	han, common := 0, 0
	for _, c := range s {
		switch {
		case isHan(c):
			han++
			if strings.ContainsRune(commonHan, c) {
				common++
			}
		case c < 0x80, unicode.In(c, unicode.Latin, unicode.P, unicode.N, unicode.Zs, unicode.Sc, unicode.Sm, unicode.Sk):
		case unicode.Is(unicode.So, c) && (c < 0x2500 || c >= 0x2600): // without lines and boxes
		default:
			return false
		}
	}
	return han > 4 && common*10 >= han*4 || han > 0 && common*4 >= han*3
}

// commonHan are the characters that are most frequent in names, addresses and plans:
// of places and their divisions, firms and trades, families, and the language.
const commonHan = `省市区县镇乡村路街道巷弄号楼栋层室厅座园苑城庄屯湾港桥口门站场厂房工业高新技术开发经济产区科创
东西南北中上下左右前后内外大小长江河海湖山川水林田石金木火土天地平安和福永兴华国民建立新光明星辰阳
北京上海天津重庆广东州深圳佛莞珠汕惠中江门浙宁波杭温绍嘉金义乌台湖苏南无锡常徐通扬昆泰连云盐淮镇福建厦泉漳山青岛烟济潍临沂威东河郑洛
湖武汉长株沙南昌九赣合肥芜四川成都绵贵阳云昆明陕西安甘兰肃辽沈大连吉春黑龙哈尔滨内蒙古新疆藏宁夏海口三亚香港澳门
有限公司责任股份集团企实业贸易商进出制造加机械电器子设备仪表材料塑胶橡模具五钢铁铜铝合金属玻璃陶瓷纺织服装针染印刷包纸箱家具木
玩灯饰照明汽车配件零轴承阀泵化学药品食医疗器精密智能源环保太阳光伏电池芯片半导体软信息网络通讯科物流运输仓储检测验
王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文
明华丽敏静伟强军磊勇杰涛超艳霞芳娟玲秀英红兰芬燕梅婷雪慧晶洁琳莉
的一是不了在人我他这们来到时说要就出会可也你对生能而得着下自之年过发后作里用道行所然事成多方法如前起开面还定学样进现问主没从动力它与等部把应间因由些此外但其当两被公业使手日月期星一二三四五六七八九十百千第个每
先女士师总经理长主任员组班老板董秘书翻译采购质量品管生产销售财务安全工程设计客户供应
東莞廣門長龍華電機業製廠區縣鎮鄉號樓層廳園莊灣橋開發經濟產後遠興國陽臺蘇無錫連雲鹽濟臨齊鄭慶蘭寧貴陝遼責貿進設備儀銅鋁紡織裝針紙燈飾軸閥藥療環網運輸倉儲檢測驗張劉陳楊趙黃吳孫韓馮許鄧蔣賈葉餘陸膠質際會鴻達
参观访拜会谈审核首次查看讨论议午餐晚早上下班接送机场酒店宾馆记录样品合同价格付款交期货船装柜请注意需准备完成确认报告问题改善措施计划时间地点电话联系`

// likelyWestern reports whether s is a language of Western Europe: its letters beyond
// ASCII are those of such a language, two signs beyond ASCII that stand together are
// beside an ordinary letter, and only letters stand within a word.
func likelyWestern(s string) bool {
	rs := []rune(s)
	at := func(i int) rune {
		if i < 0 || i >= len(rs) {
			return ' '
		}
		return rs[i]
	}
	for i, c := range rs {
		switch before, after := at(i-1), at(i+1); {
		case c < 0x80:
		case after >= 0x80 && !isASCIILetter(before) && !isASCIILetter(at(i+2)):
			return false
		case strings.ContainsRune("äöüßÄÖÜéèêëàâçîïôûùœæÉÈÊÀÂÇÎÔŒÆñáíóúÁÍÓÚÑåøÅØãõÃÕìòÌÒ", c):
			if before >= 0x80 && after >= 0x80 { // three in a row
				return false
			}
		case strings.ContainsRune("–—‘’“”„…€£°²³·•«»§®©™×½¼±¿¡º\u00a0", c):
			if c != '’' && c != '·' && unicode.IsLetter(before) && unicode.IsLetter(after) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func isASCIILetter(c rune) bool { return c < 0x80 && unicode.IsLetter(c) }
