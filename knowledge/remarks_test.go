package knowledge

import "testing"

func TestWhatIsSaidOfAQuestionThatNoEntryAnswers(t *testing.T) {
	t.Parallel()
	r := newRemarks()
	for _, c := range []struct {
		ask  string
		want Remark
	}{
		{"Thanks!", Courtesy},
		{"ok, thank you so much. Very helpful!", Courtesy},
		{"Hi there", Courtesy},
		{"thanks, and what about the visa?", NoRemark},
		{"hello factory", NoRemark},
		{"", NoRemark},
		{"!!!", NoRemark},
		{"كيف أختار المصنع", OtherTongue},
		{"工場を訪問するときの注意点は何ですか", OtherTongue},
		{"как выбрать завод", OtherTongue},
		{"我们应该怎么检查工厂的质量", OtherTongue},
		{"没问题", NoRemark},
		{"was heißt 没问题", NoRemark},
		{"wie wähle ich den Lieferanten und was ist mit der Anzahlung", OtherTongue},
		{"comment refuser le vin avec le patron", OtherTongue},
		{"cómo pagar el depósito para la fábrica", OtherTongue},
		{"do I tip in a restaurant", NoRemark},
		{"die casting tool and the mould", NoRemark},
		{"what do I have to do today", NoRemark},
		{"what not to do", NoRemark},
		{"so what do I do", NoRemark},
		{"do I have to stand up", NoRemark},
		{"do kiedy jest to czynne", OtherTongue},
		{"wat is de beste tijd om te komen", OtherTongue},
		{"como evitar que a fábrica do fornecedor atrase", OtherTongue},
		{"I'm bringing wine from France", NoRemark},
		{"I am from Sri Lanka, is that a problem", NoRemark},
		{"can I give them something from New Zealand", NoRemark},
		{"can I give a gift in India", OtherCountry},
		{"how do I check a supplier from Vietnam", OtherCountry},
		{"from France to Vietnam, what do I bring", OtherCountry},
		{"factory audit in Vietnam", OtherCountry},
		{"best hotel in sri lanka", OtherCountry},
		{"hotel in Ningbo", NoRemark},
	} {
		if got := r.of(c.ask); got != c.want {
			t.Errorf("%q: %q, want %q", c.ask, got, c.want)
		}
	}
}
