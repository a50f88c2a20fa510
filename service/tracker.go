package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"afterglow/service/refresh"
	"afterglow/service/refresh/source"
	"afterglow/service/store"
	"afterglow/service/web"
)

// tracker tracks campaigns for people who use the pages or the API. Whatever
// address they type, the client asks the allowed hosts only.
type tracker struct {
	*worker
	dashboards []string      // whose courses may be read
	patience   time.Duration // with a wiki that is asked for the first time; 0: lookupWait
}

// lookupWait is how long a person waits for a wiki that is down until they are
// told so. The client's own retries go on for longer.
const lookupWait = 8 * time.Second

// brief bounds a lookup.
func (t *tracker) brief(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, cmp.Or(t.patience, lookupWait))
}

// Track tracks an event: see web.Tracker.
func (t *tracker) Track(ctx context.Context, address string) (web.Tracked, error) {
	ctx, cancel := t.brief(ctx)
	defer cancel()
	wiki, event, err := t.client.ResolveEvent(ctx, address, "")
	if err != nil {
		return web.Tracked{}, err
	}
	info, err := wiki.SiteInfo(ctx)
	if err != nil {
		return web.Tracked{}, err
	}
	_, err = t.store.FindEvent(ctx, info.WikiID, event)
	isNew := errors.Is(err, store.ErrNotFound)
	if err != nil && !isNew {
		return web.Tracked{}, err
	}
	c, err := t.r.Track(ctx, wiki, event)
	return web.Tracked{Campaign: c, IsNew: isNew}, err
}

// TrackList tracks a list: see web.Tracker.
func (t *tracker) TrackList(ctx context.Context, in web.List) (web.Tracked, error) {
	l := refresh.List{Title: in.Title, Start: in.Start, End: in.End, Replace: in.Replace}
	var err error
	if in.Source != "" {
		l.From, err = source.Parse(in.Source, t.dashboards)
		if err == nil && l.From.Kind == source.Event {
			err = fmt.Errorf("%w: this is an event's page; track the event itself, or another page that lists people", source.ErrInvalid)
		}
	} else {
		l.People, l.LeftOut, err = source.ReadList(strings.NewReader(in.Names))
	}
	if err != nil {
		return web.Tracked{}, asInvalid(err)
	}
	if l.From.Kind == source.Course && in.Wiki == "" {
		return web.Tracked{}, fmt.Errorf("a course needs the address of the wiki where its people have accounts: %w", store.ErrInvalid)
	}
	if err := t.meet(ctx, cmp.Or(l.From.Wiki, in.Wiki)); err != nil {
		return web.Tracked{}, err
	}
	tracked, err := t.trackList(ctx, l, in.Wiki)
	out := web.Tracked{Campaign: tracked.Campaign, IsNew: err == nil && !in.Replace, People: tracked.People}
	for reason, n := range tracked.LeftOut {
		if n > 0 {
			if out.LeftOut == nil {
				out.LeftOut = map[string]int{}
			}
			out.LeftOut[string(reason)] = n
		}
	}
	return out, asInvalid(err)
}

// meet finds out soon whether a wiki answers at all. A list's source has all the
// time of the request then: a large category takes long.
func (t *tracker) meet(ctx context.Context, address string) error {
	ctx, cancel := t.brief(ctx)
	defer cancel()
	wiki, err := t.client.Wiki(ctx, address)
	if err == nil {
		_, err = wiki.SiteInfo(ctx)
	}
	if err != nil {
		return fmt.Errorf("the wiki %s: %w", address, err)
	}
	return nil
}

// asInvalid has errors about what a list holds say so in the store's words.
func asInvalid(err error) error {
	for _, about := range []error{source.ErrInvalid, source.ErrEmpty, source.ErrTooMany, refresh.ErrTooMany} {
		if errors.Is(err, about) && !errors.Is(err, store.ErrInvalid) {
			return fmt.Errorf("%w: %w", store.ErrInvalid, err)
		}
	}
	return err
}

// Organizers asks the wiki who organizes an event: see web.Tracker.
func (t *tracker) Organizers(ctx context.Context, c store.Campaign) ([]int64, error) {
	wikis, err := t.store.Wikis(ctx, c.Farm)
	if err != nil {
		return nil, err
	}
	address := ""
	for _, w := range wikis {
		if w.Name == c.Source.Wiki || address == "" && !w.Private { // all wikis of a farm know its events
			address = w.URL
		}
		if w.Name == c.Source.Wiki {
			break
		}
	}
	if address == "" {
		return nil, fmt.Errorf("no wiki of %s is known: %w", c.Farm, store.ErrNotFound)
	}
	wiki, err := t.client.Wiki(ctx, address)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for o, err := range wiki.Organizers(ctx, c.Source.Event) {
		if err != nil {
			return nil, err
		}
		if o.UserID > 0 && !o.NotFound {
			ids = append(ids, o.UserID)
		}
	}
	return ids, nil
}

// Remove deletes a campaign and its data: see web.Tracker. A reading of it that
// is under way finds it gone, and ends.
func (t *tracker) Remove(ctx context.Context, id string) error {
	return t.store.DeleteCampaign(ctx, id)
}
