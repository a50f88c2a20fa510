package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"afterglow/charts"
	"afterglow/retention"
)

// tabPage writes a result as a Data:….tab page. A page without a row draws
// nothing on a wiki but an error, so there is none then.
func tabPage(result retention.Result) ([]byte, error) {
	page, err := charts.Tab(result)
	if errors.Is(err, charts.ErrTooLarge) {
		return nil, noPage("the figures are too many for a page of Extension:Chart; fewer months may fit")
	}
	if err != nil {
		return nil, err
	}
	var rows struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(page, &rows); err != nil {
		return nil, fmt.Errorf("reading a page of ours: %w", err)
	}
	if len(rows.Data) == 0 {
		return nil, noPage("there are no figures yet to put on a page of Extension:Chart")
	}
	return page, nil
}

// chartPage writes a Data:….chart page that draws the page titled tab; there is
// one where there is a tabPage.
func chartPage(result retention.Result, tab string) ([]byte, error) {
	if _, err := tabPage(result); err != nil {
		return nil, err
	}
	return charts.Chart(result, tab)
}

func noPage(why string) *problem {
	return &problem{Type: typeFormat, Title: "There is no such chart", Status: http.StatusNotFound, Detail: why}
}
