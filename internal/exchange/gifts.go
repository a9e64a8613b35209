package exchange

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"visitprep/internal/visit"
)

// giftColumns are the columns of the log of gifts.
var giftColumns = []string{"number", "day", "direction", "factory", "who", "what", "value", "currency", "colleague", "visit", "approved_by", "logged_by", "removed_by"}

// WriteGifts writes the log of gifts as a table for those who keep a company's rules: as csv or as xlsx. It is
// not read again.
func WriteGifts(w io.Writer, format string, gs []visit.Gift) error {
	var rows [][]string
	for _, g := range gs {
		direction := "received"
		if g.Given {
			direction = "given"
		}
		on := ""
		if g.Visit > 0 {
			on = strconv.Itoa(g.Visit)
		}
		rows = append(rows, []string{strconv.Itoa(g.Number), g.Day.String(), direction, g.Factory.Name, g.Who, g.What, g.Value.Amount(), g.Value.Currency, g.Owner, on, g.Approved, g.By, g.Removed.By})
	}
	if format == "xlsx" {
		return giftsWorkbook(w, rows)
	}
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	c := csv.NewWriter(&b)
	c.Write(giftColumns)
	for _, row := range rows {
		for n := range row {
			if giftColumns[n] != "day" && giftColumns[n] != "value" {
				row[n] = guarded(row[n])
			}
		}
		c.Write(row)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write the gifts: %w", err)
	}
	_, err := b.WriteTo(w)
	return err
}

func giftsWorkbook(w io.Writer, rows [][]string) error {
	f := excelize.NewFile()
	defer f.Close() // nothing of it is on the disk
	const name = "Gifts"
	b := &builder{File: f, sheet: name}
	b.try(f.SetSheetName("Sheet1", name))
	head := b.style(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}})
	money := b.style(&excelize.Style{NumFmt: 2})
	for x, column := range giftColumns {
		letter, err := excelize.ColumnNumberToName(x + 1)
		b.try(err)
		b.try(f.SetColWidth(name, letter, letter, 15))
		b.try(f.SetCellStr(name, letter+"1", column))
		b.try(f.SetCellStyle(name, letter+"1", letter+"1", head))
		for y, row := range rows {
			ref := letter + strconv.Itoa(y+2)
			if column == "value" {
				v, err := strconv.ParseFloat(row[x], 64)
				b.try(err)
				b.try(f.SetCellFloat(name, ref, v, 2, 64))
				b.try(f.SetCellStyle(name, ref, ref, money))
				continue
			}
			b.try(f.SetCellStr(name, ref, escaped(row[x])))
		}
	}
	b.try(f.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	b.try(f.SetDocProps(&excelize.DocProperties{Creator: "Visit Prep", Title: "Gifts given and received"}))
	if b.err != nil {
		return fmt.Errorf("make the workbook of gifts: %w", b.err)
	}
	return f.Write(w)
}
