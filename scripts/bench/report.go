package main

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"slices"
	"text/tabwriter"
)

// ratio is a case's median wall and processor time, divided by those of the case it is compared with.
func (b *bench) ratio(r result) (byWall, byCPU float64, ok bool) {
	i := slices.IndexFunc(b.results, func(o result) bool { return o.list == r.list && o.name == r.against })
	if i < 0 {
		return 0, 0, false
	}
	ownWall, _ := r.median(wall)
	ownCPU, _ := r.median(cpu)
	otherWall, _ := b.results[i].median(wall)
	otherCPU, _ := b.results[i].median(cpu)
	return ownWall / otherWall, ownCPU / otherCPU, true
}

// print writes the table of results.
func (b *bench) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintf(t, "list\tcase\twall s\tspread\tCPU s\tpeak MB\tratio wall\tratio CPU\ttarget\t\n")
	for _, r := range b.results {
		took, spread := r.median(wall)
		used, _ := r.median(cpu)
		peak, _ := r.median(memory)
		fmt.Fprintf(t, "%s\t%s\t%.3f\t%.0f %%\t%.3f\t%.1f\t", r.list, r.name, took, 100*spread, used, peak)
		byWall, byCPU, ok := b.ratio(r)
		switch {
		case ok:
			fmt.Fprintf(t, "%.2f\t%.2f\t≤ %.1f\t\n", byWall, byCPU, r.most)
		case r.most > 0:
			fmt.Fprintf(t, "\t\t≤ %.1f s\t\n", r.most)
		default:
			fmt.Fprintf(t, "\t\t\t\n")
		}
	}
	t.Flush()
}

// The plot: a bar a case, in seconds of wall time; the cases of a list share a scale.
const (
	barHeight, barGap = 18, 6
	labelWidth        = 290
	plotWidth         = 860
)

func (b *bench) plot() []byte {
	var out bytes.Buffer
	height := 40
	for range b.results {
		height += barHeight + barGap
	}
	height += 40 * len(lists)
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", plotWidth, height)
	fmt.Fprintf(&out, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	y := 12
	for _, l := range lists {
		var most float64
		for _, r := range b.results {
			if r.list == l.name {
				took, _ := r.median(wall)
				most = max(most, took)
			}
		}
		y += 24
		fmt.Fprintf(&out, `<text x="8" y="%d" font-weight="bold">%s: %s</text>`+"\n", y, l.name, html.EscapeString(fmt.Sprint(l.names)))
		y += 8
		for _, r := range b.results {
			if r.list != l.name {
				continue
			}
			took, _ := r.median(wall)
			colour := "#9aa5b1"
			if r.against != "" || r.most > 0 || len(r.name) > 7 && r.name[:7] == "whittle" {
				colour = "#2f6f4f"
			}
			width := took / most * float64(plotWidth-labelWidth-70)
			fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-8, y+14, html.EscapeString(r.name))
			fmt.Fprintf(&out, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`, labelWidth, y, max(width, 1), barHeight, colour)
			fmt.Fprintf(&out, `<text x="%.1f" y="%d">%.3f s</text>`+"\n", labelWidth+width+6, y+14, took)
			y += barHeight + barGap
		}
		y += 8
	}
	fmt.Fprintf(&out, "</svg>\n")
	return out.Bytes()
}
