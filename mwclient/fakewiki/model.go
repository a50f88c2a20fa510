package fakewiki

import "time"

const day = 24 * time.Hour

// DefaultNewcomer returns the activity of people who are new.
func DefaultNewcomer() Activity {
	return Activity{Never: 0.15, OneDay: 0.4, Scale: 20 * day, Shape: 0.8,
		DaysPerMonth: 5, Spread: 0.8, Reverted: 0.08, Deleted: 0.02}
}

// DefaultExperienced returns the activity of people who were there before.
func DefaultExperienced() Activity {
	return Activity{Never: 0.02, OneDay: 0.03, Scale: 900 * day, Shape: 1.2,
		DaysPerMonth: 7, Spread: 1.0, Reverted: 0.02, Deleted: 0.01}
}
