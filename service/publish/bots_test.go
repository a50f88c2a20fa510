package publish

import "testing"

// TestWelcome has the cases of https://en.wikipedia.org/wiki/Template:Bots.
func TestWelcome(t *testing.T) {
	const account = "Afterglow bot"
	for text, want := range map[string]bool{
		"":                                     true,
		"text {{bots}}":                        true,
		"{{nobots}}":                           false,
		"{{Nobots}}":                           false,
		"{{ nobots }}":                         false,
		"{{Template:nobots}}":                  false,
		"{{bots|allow=all}}":                   true,
		"{{bots|allow=none}}":                  false,
		"{{bots|allow=Other}}":                 false,
		"{{bots|allow=Other,Afterglow bot}}":   true,
		"{{bots|allow=Other, Afterglow_bot }}": true,
		"{{bots|deny=all}}":                    false,
		"{{bots|deny=none}}":                   true,
		"{{bots|deny=Other}}":                  true,
		"{{bots|deny=Other,afterglow bot}}":    false,
		"{{Bots\n| deny = Afterglow bot\n}}":   false,
		"{{bots|optout=all}}":                  true, // of notices; this is none
		"<!-- {{nobots}} -->":                  true,
		"{{nobots2}} {{robots}}":               true,
	} {
		if got := welcome(text, account); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
