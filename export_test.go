package main

import (
	"os"
	"strings"
	"testing"
)

// TestWorkbookIsNotShown exports to a device, as a terminal is one.
func TestWorkbookIsNotShown(t *testing.T) {
	screen, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	var said strings.Builder
	if code := run(t.Context(), []string{"export", "--format", "xlsx"}, strings.NewReader(""), screen, &said, func(string) string { return "" }); code == 0 || !strings.Contains(said.String(), "write export --output visits.xlsx") {
		t.Errorf("it ends with %d and says %q", code, said.String())
	}
}
