package mwclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// restError is what the REST API answers under a status of 400 and more. Not
// all parts come every time.
// https://www.mediawiki.org/wiki/API:REST_API/Status_codes
type restError struct {
	Key      string         `json:"errorKey"`
	Code     string         `json:"error"` // rest-read-denied, parameter-validation-failed
	Messages jsontext.Value `json:"messageTranslations"`
}

func (r restError) code() string {
	if r.Key != "" {
		return r.Key
	}
	return r.Code
}

// info returns the English message, or any.
func (r restError) info() string {
	var messages map[string]string
	if r.Messages.Kind() != '{' || json.Unmarshal(r.Messages, &messages, lenient()) != nil {
		return ""
	}
	if english, ok := messages["en"]; ok {
		return english
	}
	for _, other := range messages {
		return other
	}
	return ""
}

// rest asks CampaignEvents' REST API and decodes the answer into out.
// https://www.mediawiki.org/wiki/Extension:CampaignEvents
func (w *Wiki) rest(ctx context.Context, endpoint Endpoint, path string, q url.Values, out any) error {
	return w.perform(ctx, kindREST, endpoint, func(e *exchange, api *url.URL) error {
		u := script(api, "rest.php")
		u.Path += "/campaignevents/v0/" + path
		u.RawQuery = q.Encode()
		body, err := e.get(ctx, u)
		if err != nil {
			return err
		}
		if e.last.status >= http.StatusBadRequest {
			return e.refusal(body)
		}
		if err := json.Unmarshal(body, out, lenient()); err != nil {
			return &ResponseError{Wiki: e.label, Err: err}
		}
		return nil
	})
}

// refusal is the error of a REST answer.
func (e *exchange) refusal(body []byte) error {
	var r restError
	if err := json.Unmarshal(body, &r, lenient()); err != nil {
		return &StatusError{Status: e.last.status, Wiki: e.label}
	}
	err := &APIError{Code: shorten(r.code()), Info: shorten(r.info()), Wiki: e.label, Status: e.last.status}
	if e.bearer && r.Code == codeReadDenied {
		return fmt.Errorf("%w: %w", errNoAccount, err)
	}
	return err
}

// get asks for an address without go-mwclient, which speaks the Action API only.
func (e *exchange) get(ctx context.Context, u *url.URL) ([]byte, error) {
	ans, err := e.run(ctx, &message{method: http.MethodGet, url: u})
	if err != nil {
		return nil, e.fail(err)
	}
	e.last = ans
	return ans.body, nil
}

// Is says which of the package's errors the wiki's error is.
func (e *APIError) Is(target error) bool {
	deleted := e.Code == "campaignevents-rest-get-registration-deleted"
	switch {
	case errors.Is(target, ErrDeleted):
		return deleted
	case errors.Is(target, ErrNoEvents):
		return e.Code == "rest-no-match"
	case target == ErrNotFound: //nolint:errorlint // the others wrap it
		return e.Status == http.StatusNotFound
	case target == ErrForbidden: //nolint:errorlint // Is compares
		return e.Status == http.StatusForbidden || e.Status == http.StatusUnauthorized ||
			e.Code == "readapidenied" || e.Code == "permissiondenied"
	}
	return false
}

// Is says which of the package's errors the status is.
func (e *StatusError) Is(target error) bool {
	switch target { //nolint:errorlint // Is compares
	case ErrNotFound:
		return e.Status == http.StatusNotFound || e.Status == http.StatusGone
	case ErrForbidden:
		return e.Status == http.StatusForbidden || e.Status == http.StatusUnauthorized
	}
	return false
}
