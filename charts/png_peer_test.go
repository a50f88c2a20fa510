package charts

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"testing"

	"afterglow/charts/sample"
)

// TestPNGLooksLikeTheSVG draws charts also with another program, librsvg, and
// compares the two pictures, blurred to cells of eight pixels.
func TestPNGLooksLikeTheSVG(t *testing.T) {
	rsvg, err := exec.LookPath("rsvg-convert")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("rsvg-convert is missing, and CI=true")
		}
		t.Skip("SKIPPED, NOT CHECKED: rsvg-convert is missing; `make deps` installs it")
	}
	if out, err := exec.Command("fc-list", "Noto Sans Arabic").Output(); err != nil || len(out) == 0 {
		t.Skip("SKIPPED, NOT CHECKED: Noto Sans Arabic is not installed")
	}
	for _, k := range kinds() {
		for _, o := range []Options{{Theme: ThemeLight, Width: 640, Title: true}, {Theme: ThemeDark, Width: 320, Lang: "ar", Title: true}} {
			svg, err := k.draw(o, titleFor(o.Lang))
			if err != nil {
				t.Fatal(err)
			}
			ours, err := Rasterize(svg)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(rsvg, "--zoom", "2")
			cmd.Stdin = bytes.NewReader(bytes.Replace(svg, []byte(fontFamily), []byte("Noto Sans,Noto Sans Arabic"), 1)) // the fonts we draw with
			theirs, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			a, b := decode(t, ours), decode(t, theirs)
			if d := a.Bounds().Size().Sub(b.Bounds().Size()); d.X < -2 || d.X > 2 || d.Y < -2 || d.Y > 2 {
				t.Errorf("%s: %v and %v pixels", k.name, a.Bounds(), b.Bounds())
				continue
			}
			if mean := difference(a, b); mean > 3 { // of 255
				t.Errorf("%s, %s, %s: the pictures differ by %.1f of 255 on average", k.name, o.Theme, o.Lang, mean)
			}
		}
	}
	// The measure must see a difference: another campaign's lines.
	one, err := PNG(sample.Curve(sample.Title, 60, 52, 12, 9), Options{Width: 320})
	if err != nil {
		t.Fatal(err)
	}
	other, err := PNG(sample.Lifecycle(sample.Title, 112, 9), Options{Width: 320})
	if err != nil {
		t.Fatal(err)
	}
	if mean := difference(decode(t, one), decode(t, other)); mean < 6 {
		t.Errorf("two different charts differ by %.1f only", mean)
	}
}

func decode(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// difference is the mean of the differences of cells of 8 × 8 pixels.
func difference(a, b image.Image) float64 {
	const cell = 8
	size := a.Bounds().Intersect(b.Bounds()).Size()
	mean := func(img image.Image, x, y int) [3]float64 {
		var sum [3]float64
		for dy := range cell {
			for dx := range cell {
				r, g, b, _ := img.At(x+dx, y+dy).RGBA()
				sum[0] += float64(r >> 8)
				sum[1] += float64(g >> 8)
				sum[2] += float64(b >> 8)
			}
		}
		return sum
	}
	total, cells := 0.0, 0
	for y := 0; y+cell <= size.Y; y += cell {
		for x := 0; x+cell <= size.X; x += cell {
			p, q := mean(a, x, y), mean(b, x, y)
			for i := range p {
				d := p[i] - q[i]
				total += max(d, -d) / (cell * cell)
			}
			cells += 3
		}
	}
	return total / float64(max(cells, 1))
}
