package slicer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestTeXFiles makes what TeX finds formats, languages, fonts and all of its files by, as tex-common, updmap and mktexlsr would: without
// them it finds nothing, and with them it makes the format that it lacks. The formats themselves are said not to be made.
func TestTeXFiles(t *testing.T) {
	text := txtar.Parse([]byte(`
-- names --
latex lang
-- deb/latex_1/usr/share/texlive/texmf-dist/web2c/texmf.cnf --
TEXMF = x
-- deb/latex_1/usr/share/texlive/texmf-dist/tex/generic/config/language.us --
english hyphen.tex
-- deb/latex_1/usr/share/texlive/texmf-dist/tex/generic/config/language.us.lua --
return {
-- deb/latex_1/usr/share/texlive/texmf-dist/fonts/map/dvips/ps2pk35.map --
% fonts of PostScript
pncb7t  NimbusSans   "TeXBase1Encoding ReEncodeFont "  <8r.enc
-- deb/latex_1/usr/share/texlive/texmf-dist/fonts/map/dvips/a/cm.map --
cmr5 CMR5 <cmr5.pfb
cmr10 CMR10 <cmr10.pfb
-- deb/latex_1/var/lib/tex-common/fmtutil-cnf/texlive/latex.cnf --
latex pdftex language.dat *latex.ini
-- deb/latex_1/var/lib/tex-common/fontmap-cfg/texlive/latex.cfg --
MixedMap cm.map
Map gone.map
-- deb/latex_1/DEBIAN/postinst --
#!/bin/sh
case "$1" in configure) update-texmf-config format map ;; esac
mktexlsr /usr/share/texlive/texmf-dist
-- deb/lang_1/var/lib/tex-common/hyphen-cnf/texlive/german.cnf --
% German
name=ngerman synonyms=german2,neu lefthyphenmin=2 righthyphenmin=x file=loadhyph-de.tex file_patterns=hyph-de.pat.txt file_exceptions=
`))
	s := newScenario(t, text, slicertest.NewKey("test", slicertest.KeyOptions{}))
	got, err := slicer.Select(t.Context(), s.want)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]string{}
	for _, f := range got.Planned() {
		if f.From == nil {
			made[f.Path] = string(f.Body)
		}
	}
	fonts := "% ps2pk35.map\npncb7t NimbusSans \" TeXBase1Encoding ReEncodeFont \" <8r.enc\n% cm.map\ncmr10 CMR10 <cmr10.pfb\ncmr5 CMR5 <cmr5.pfb\n"
	for at, want := range map[string]string{
		"var/lib/texmf/fmtutil.cnf-TEXLIVEDIST":             "latex pdftex language.dat *latex.ini\n",
		"var/lib/texmf/fmtutil.cnf-DEBIAN":                  "",
		"var/lib/texmf/fonts/map/dvips/updmap/psfonts.map":  fonts,
		"var/lib/texmf/fonts/map/pdftex/updmap/pdftex.map":  fonts,
		"var/lib/texmf/tex/generic/config/language.dat":     "english hyphen.tex\nngerman loadhyph-de.tex\n=german2\n=neu\n",
		"var/lib/texmf/tex/generic/config/language.dat.lua": "return {\n  ['ngerman'] = {\n    loader = 'loadhyph-de.tex',\n    lefthyphenmin = 2,\n    righthyphenmin = 3,\n    synonyms = { 'german2', 'neu' },\n    patterns = 'hyph-de.pat.txt',\n  },\n}\n",
		"var/lib/texmf/ls-R-TEXLIVEDIST": `% ls-R -- filename database for kpathsea; do not change this line.
./:
fonts
tex
web2c

./fonts:
map

./fonts/map:
dvips

./fonts/map/dvips:
a
ps2pk35.map

./fonts/map/dvips/a:
cm.map

./tex:
generic

./tex/generic:
config

./tex/generic/config:
language.us
language.us.lua

./web2c:
texmf.cnf

`,
	} {
		have, ok := made[at]
		if diff := cmp.Diff(want, have); diff != "" || !ok {
			t.Errorf("%s: made %t; -want +got:\n%s", at, ok, diff)
		}
	}
	if _, ok := made["var/lib/texmf/tex/generic/config/language.def"]; ok {
		t.Error("a list of languages without its beginning was made")
	}
	if len(got.NotDone) != 1 || got.NotDone[0].Command != "update-texmf-config format map" || !got.NotDone[0].Matters {
		t.Errorf("got %v, want the formats as what is not done", got.NotDone)
	}
}
