package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"afterglow/mwclient"
	"afterglow/service/store"
)

// trackProblem says why something could not be tracked: what a wiki said, what
// the address was.
func trackProblem(in trackRequest, err error) error {
	field, value := "event", in.Event
	switch {
	case in.Source != "":
		field, value = "source", in.Source
	case in.Event == "":
		field, value = "wiki", in.Wiki
	}
	var (
		p    *problem
		api  *mwclient.APIError
		resp *mwclient.ResponseError
		lim  *mwclient.RateLimitError
		stat *mwclient.StatusError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, mwclient.ErrNotAllowed):
		return refuse(field, value, reasonOf(err)) // which names the hosts that are allowed
	case errors.Is(err, mwclient.ErrAddress):
		return refuse(field, value, reasonOf(err)).because("web-reason-address")
	case errors.Is(err, store.ErrExists):
		return &problem{
			Type: typeTaken, Title: "There is another campaign of that name", Status: http.StatusConflict,
			Detail: "who tracked it can change it; choose another title", Parameter: "title", Value: shorten(in.Title),
		}
	case errors.Is(err, mwclient.ErrNotFound), errors.Is(err, mwclient.ErrEvent), errors.Is(err, mwclient.ErrForbidden):
		return &problem{
			Type: typeEvent, Title: "There is nothing there to track", Status: http.StatusUnprocessableEntity,
			Detail: reasonOf(err), Parameter: field, Value: shorten(value), reason: absence(err),
		}
	case errors.Is(err, store.ErrInvalid):
		if in.Source == "" {
			field, value = "names", ""
		}
		return &problem{
			Type: typeList, Title: "This list cannot be used", Status: http.StatusUnprocessableEntity,
			Detail: reasonOf(err), Parameter: field, Value: shorten(value),
		}
	case errors.Is(err, mwclient.ErrNoContact), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &api), errors.As(err, &resp), errors.As(err, &lim), errors.As(err, &stat), errors.Is(err, mwclient.ErrUnreachable):
		p = wikiProblem("", err)
		p.Parameter, p.Value = field, shorten(value)
		return p
	}
	return err
}

// absence says why a wiki has nothing to track, where that can be said in a few
// words.
func absence(err error) reason {
	switch {
	case errors.Is(err, mwclient.ErrNoEvents):
		return reason{key: "web-reason-no-events"}
	case errors.Is(err, mwclient.ErrDeleted):
		return reason{key: "web-reason-deleted"}
	case errors.Is(err, mwclient.ErrForbidden):
		return reason{key: "web-reason-closed"}
	case errors.Is(err, mwclient.ErrEvent):
		return reason{key: "web-reason-dates"}
	}
	return reason{}
}

// reasonOf is an error's text, kept short.
func reasonOf(err error) string {
	const most = 400
	text := strings.Join(strings.Fields(err.Error()), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return text
}
