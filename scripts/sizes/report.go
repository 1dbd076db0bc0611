package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html"
	"strings"
	"text/template"
)

//go:embed sizes.md.in
var pageTemplate string

func mb(bytes int64) float64 { return float64(bytes) / 1e6 }

// limit is what a sample may weigh without the launcher, in bytes: its own limit, and never more than distroless with the app.
func (r result) limit() (bytes int64, why string) {
	other := r.like().files
	own := int64(r.most*1e6) + r.named[r.beside].files
	if r.most == 0 || own >= other {
		return other, "≤ distroless " + r.sample.distroless
	}
	why = fmt.Sprintf("≤ %.4g MB", r.most)
	if r.beside != "" {
		why += " and its " + r.beside
	}
	return own, why
}

// like is distroless with the same app.
func (r result) like() weight { return r.distroless.plus(r.apart()) }

// apart is what the app brings to distroless: not a runtime that distroless has.
func (r result) apart() weight {
	runtime := r.named[r.runtime]
	return r.app.plus(weight{-runtime.files, -runtime.packed})
}

// tooHeavy is an error that names every sample that is over its limit; nil for none.
func tooHeavy(all []result) error {
	var errs []error
	for _, r := range all {
		if most, why := r.limit(); r.own().files > most {
			errs = append(errs, fmt.Errorf("%s has %.2f MB without the launcher, want %s, %.2f MB", r.name, mb(r.own().files), why, mb(most)))
		}
	}
	return errors.Join(errs...)
}

// table is a table in Markdown, in MB of 10^6 bytes.
func table(all []result) string {
	var b strings.Builder
	b.WriteString("| sample | run image | Debian's slices | app | **image without launcher** | compressed | launcher | distroless with the app | compressed | limit |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|---|\n")
	for _, r := range all {
		_, why := r.limit()
		if r.goal > 0 {
			why += fmt.Sprintf(", goal %.4g MB", r.goal)
		}
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %.2f | **%.2f** | %.2f | %.2f | %.2f | %.2f | %s |\n", r.name, mb(r.base.files), mb(r.debian.files),
			mb(r.app.files), mb(r.own().files), mb(r.own().packed), mb(r.launcher.files), mb(r.like().files), mb(r.like().packed), why)
	}
	return b.String()
}

// page is docs/sizes.md.
func page(all []result, day string) ([]byte, error) {
	t, err := template.New("sizes.md").Parse(pageTemplate)
	if err != nil {
		return nil, err
	}
	var lists strings.Builder
	for _, d := range distroless {
		below := ""
		if d.below != "" {
			below = "`" + d.below + "` and "
		}
		fmt.Fprintf(&lists, "- `%s`: %s%s\n", d.name, below, d.packages)
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]string{"Table": strings.TrimSpace(table(all)), "Day": day, "Distroless": strings.TrimSpace(lists.String())})
	return out.Bytes(), err
}

// The plot: two bars a sample, the image by its parts and distroless with the same app; each sample has its own scale.
const (
	barHeight, barGap = 20, 8
	labelWidth        = 110
	plotWidth         = 860
)

var colours = []struct{ what, colour string }{
	{"run image", "#8fb8a3"},
	{"Debian's slices", "#2f6f4f"},
	{"app", "#c98a2b"},
	{"launcher", "#9aa5b1"},
	{"packages of distroless", "#b0483c"},
}

func plot(all []result) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", plotWidth, 50+len(all)*96)
	fmt.Fprintf(&out, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	for i, c := range colours {
		x := 12 + i*150
		fmt.Fprintf(&out, `<rect x="%d" y="12" width="12" height="12" fill="%s"/><text x="%d" y="23">%s</text>`+"\n", x, c.colour, x+18, html.EscapeString(c.what))
	}
	for i, r := range all {
		y := 50 + i*96
		fmt.Fprintf(&out, `<text x="12" y="%d" font-weight="bold">%s</text>`+"\n", y+6, html.EscapeString(r.name))
		own := []int64{r.base.files, r.debian.files, r.app.files, r.launcher.files, 0}
		other := []int64{0, 0, r.apart().files, 0, r.distroless.files}
		most := float64(max(total(own), total(other)))
		bar(&out, y+16, "whittle", own, most)
		bar(&out, y+16+barHeight+barGap, "distroless", other, most)
	}
	out.WriteString("</svg>\n")
	return out.Bytes()
}

func bar(out *bytes.Buffer, y int, label string, parts []int64, most float64) {
	fmt.Fprintf(out, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-8, y+15, label)
	x := float64(labelWidth)
	for i, n := range parts {
		width := float64(n) / most * (plotWidth - labelWidth - 90)
		if n > 0 {
			fmt.Fprintf(out, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`, x, y, width, barHeight, colours[i].colour)
		}
		x += width
	}
	fmt.Fprintf(out, `<text x="%.1f" y="%d">%.1f MB</text>`+"\n", x+6, y+15, mb(total(parts)))
}

func total(parts []int64) (n int64) {
	for _, p := range parts {
		n += p
	}
	return n
}
