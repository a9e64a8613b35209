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
		{"factory audit in Vietnam", OtherCountry},
		{"best hotel in sri lanka", OtherCountry},
		{"hotel in Ningbo", NoRemark},
	} {
		if got := r.of(c.ask); got != c.want {
			t.Errorf("%q: %q, want %q", c.ask, got, c.want)
		}
	}
}
