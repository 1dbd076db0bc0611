package main

import (
	"bytes"
	"fmt"
	"html"
	"slices"
)

// The plot of growth: a panel a case, processor time over size, with the line from nothing through the largest size, on which
// linear work lies.
const (
	panelWidth, panelHeight = 400, 260
	panelLeft, panelBottom  = 60, 40
	panelTop                = 40
)

func (b *bench) plotGrowth() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", panelWidth*len(b.grown), panelHeight)
	fmt.Fprintf(&out, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	for i, g := range b.grown {
		b.panel(&out, i*panelWidth, g)
	}
	fmt.Fprintf(&out, "</svg>\n")
	return out.Bytes()
}

func (b *bench) panel(out *bytes.Buffer, left int, g growing) {
	took := b.processorTimes(g)
	most, largest := slices.Max(took), float64(slices.Max(g.sizes))
	at := func(size, seconds float64) (x, y float64) {
		return float64(left+panelLeft) + size/largest*(panelWidth-panelLeft-40), panelHeight - panelBottom - seconds/most*(panelHeight-panelBottom-panelTop-20)
	}
	zeroX, zeroY := at(0, 0)
	endX, endY := at(largest, took[len(took)-1])
	fmt.Fprintf(out, `<text x="%d" y="20" font-weight="bold">%s: processor time</text>`+"\n", left+8, html.EscapeString(g.name))
	fmt.Fprintf(out, `<path d="M%.1f %d V%.1f H%.1f" fill="none" stroke="black"/>`+"\n", zeroX, panelTop, zeroY, endX+10)
	fmt.Fprintf(out, `<path d="M%.1f %.1f L%.1f %.1f" stroke="#9aa5b1" stroke-dasharray="4"/>`+"\n", zeroX, zeroY, endX, endY)
	for i, n := range g.sizes {
		x, y := at(float64(n), took[i])
		fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="4" fill="#2f6f4f"/><text x="%.1f" y="%.1f" text-anchor="middle">%.2f s</text>`, x, y, x, y-10, took[i])
		fmt.Fprintf(out, `<text x="%.1f" y="%.1f" text-anchor="middle">%d</text>`+"\n", x, zeroY+16, n)
	}
	fmt.Fprintf(out, `<text x="%.1f" y="%d" text-anchor="end">%s</text>`+"\n", endX, panelHeight-6, g.unit)
}

// processorTimes are the medians of a case, by size.
func (b *bench) processorTimes(g growing) []float64 {
	var took []float64
	for _, s := range g.steps {
		i := slices.IndexFunc(b.results, func(r result) bool { return r.list == g.name && r.name == s.name })
		seconds, _ := b.results[i].median(cpu)
		took = append(took, seconds)
	}
	return took
}
