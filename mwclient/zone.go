package mwclient

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // events name zones that the machine may not know
)

// offsets are zones such as "+03:00", "-0530", "+3" and "UTC+5".
var offsets = regexp.MustCompile(`^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$`)

// maxOffset is the greatest distance from UTC that a zone has had.
const maxOffset = 18 * 60 * 60

// parseZone reads the zone of an event: a name of the IANA database, or an
// offset. It returns ErrEvent with the name if nobody knows the zone.
func parseZone(name string) (*time.Location, error) {
	unknown := fmt.Errorf("%w: unknown time zone %q", ErrEvent, shorten(name))
	switch strings.ToUpper(name) {
	case "UTC", "Z", "GMT":
		return time.UTC, nil
	case "", "LOCAL": // time.LoadLocation would take them for UTC and the machine's zone
		return nil, unknown
	}
	if m := offsets.FindStringSubmatch(name); m != nil {
		seconds := 0
		for i, unit := range [...]int{3600, 60, 1} {
			part := m[2+i]
			if part == "" {
				continue
			}
			n, err := strconv.Atoi(part)
			if err != nil || (i > 0 && n > 59) {
				return nil, unknown
			}
			seconds += n * unit
		}
		if seconds > maxOffset {
			return nil, unknown
		}
		if m[1] == "-" {
			seconds = -seconds
		}
		return time.FixedZone(name, seconds), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, unknown
	}
	return zone, nil
}

// localTime reads 14 digits as a time on the clocks of a zone and returns it in
// UTC. Where clocks go back and the time happens twice, it is the first; where
// they go forward and it does not happen, it is as long after the change as it
// says: 02:30 becomes 03:30. MediaWiki (PHP's DateTime) does the same, so the
// event starts here when the wiki says it starts.
func localTime(digits string, zone *time.Location) (time.Time, error) {
	if len(digits) != 14 {
		return time.Time{}, fmt.Errorf("is %q, not 14 digits", shorten(digits))
	}
	wall, ok := parseTime(digits) // as if it were UTC
	if !ok {
		return time.Time{}, fmt.Errorf("is %q, not a time", shorten(digits))
	}
	// The offsets before and after any change near the time. No zone changes
	// twice within two days.
	before, after := offsetAt(wall.Add(-24*time.Hour), zone), offsetAt(wall.Add(24*time.Hour), zone)
	first, second := wall.Add(-before), wall.Add(-after)
	if offsetAt(second, zone) == after && offsetAt(first, zone) != before {
		return second.UTC(), nil
	}
	return first.UTC(), nil
}

func offsetAt(t time.Time, zone *time.Location) time.Duration {
	_, seconds := t.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}
