package exchange

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func TestTheLogOfGiftsAsATable(t *testing.T) {
	gs := []visit.Gift{{Number: 3, Factory: visit.Factory{Name: "Ningbo Bright"}, Given: true, Who: "王总", What: "=cmd()", Value: visit.Money{Hundredths: 2550, Currency: "EUR"},
		Day: civil.On(2026, 3, 4), Owner: "U1", By: "U2", Approved: "Jo", Visit: 7, Removed: visit.Mark{By: "U3"}}}
	var b bytes.Buffer
	if err := WriteGifts(&b, "csv", gs); err != nil {
		t.Fatal(err)
	}
	if want := "3,2026-03-04,given,Ningbo Bright,王总,'=cmd(),25.50,EUR,U1,7,Jo,U2,U3\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("the table is\n%s\nnot\n%s", b.String(), want)
	}
	b.Reset()
	if err := WriteGifts(&b, "xlsx", gs); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows("Gifts")
	if err != nil || len(rows) != 2 || rows[1][5] != "=cmd()" || rows[1][6] != "25.50" || rows[1][2] != "given" {
		t.Errorf("the workbook is %q, %v", rows, err)
	}
	if formula, err := f.GetCellFormula("Gifts", "F2"); err != nil || formula != "" {
		t.Errorf("the gift is a formula %q, %v", formula, err)
	}
}
