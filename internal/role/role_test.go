package role

import (
	"slices"
	"testing"
)

func TestRolesAsPeopleWriteThem(t *testing.T) {
	for words, want := range map[string][]Role{
		"interpreter":               {Interpreter},
		"Interpreter (Cantonese)":   {Interpreter},
		"Translator":                {Interpreter},
		"Translates for us":         {Interpreter},
		"翻译":                        {Interpreter},
		"Dolmetscherin":             {Interpreter},
		"leads":                     {Lead},
		"Leads, quality":            {Lead, Quality},
		"Team leader / interpreter": {Lead, Interpreter},
		"QUALITY":                   {Quality},
		"quality engineer":          {Quality},
		"ＱＣ":                        {Quality},
		"Supplier quality (SQE)":    {Quality},
		"inspector":                 {Quality},
		"Lead auditor":              {Lead, Quality},
		"质量工程师":                     {Quality},
		"sourcing manager":          {Purchasing},
		"Buyer":                     {Purchasing},
		"采购":                        {Purchasing},
		"tooling engineer":          {Engineering},
		"technical advisor":         {Engineering},
		"Engineer, speaks as buyer": {Engineering, Purchasing},
		"needs an interpreter":      nil,
		"without interpreter":       nil,
		"finance, no interpreter":   nil,
		"former quality manager":    nil,
		"finance":                   nil,
		"from headquarters":         nil,
		"misleading":                nil,
		"":                          nil,
	} {
		if got := Of(words); !slices.Equal(got, want) {
			t.Errorf("Of(%q) = %q, want %q", words, got, want)
		}
	}
}
