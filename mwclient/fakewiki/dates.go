package fakewiki

import (
	"strings"
	"time"
)

// localDate writes a time in UTC as a wiki does for readers of a language:
// English, and Arabic as captured; any other language reads it in English.
func localDate(t int64, lang string) string {
	at := time.Unix(t, 0).UTC()
	if lang != "ar" {
		return at.Format("15:04, 2 January 2006")
	}
	months := [...]string{"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر",
		"نوفمبر", "ديسمبر"}
	text := at.Format("15:04، 2 ") + months[at.Month()-1] + at.Format(" 2006")
	return strings.NewReplacer("0", "٠", "1", "١", "2", "٢", "3", "٣", "4", "٤", "5", "٥", "6", "٦", "7", "٧", "8", "٨",
		"9", "٩").Replace(text)
}
