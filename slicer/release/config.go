package release

import (
	"maps"
	"slices"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
	"go.yaml.in/yaml/v3"
)

// Archive is a signed archive that packages come from.
type Archive struct {
	Name       string
	Version    string
	Suites     []string
	Components []string
	Pro        string // fips, fips-updates, esm-apps or esm-infra; empty for a plain archive
	Priority   int    // tried from high to low; negative: only for packages that are pinned to it
	Keys       []PublicKey
	isDefault  bool
	line       int
}

// PublicKey is a key that signs an archive.
type PublicKey struct {
	Name  string
	ID    string // 16 upper-case hex digits
	Armor string
}

// Maintenance holds the dates of a release, YYYY-MM-DD; expanded and legacy may be empty. Before Standard the release
// is unstable.
type Maintenance struct{ Standard, Expanded, Legacy, EndOfLife string }

// ubuntuMaintenance are the dates of Ubuntu releases whose older definitions do not tell them.
var ubuntuMaintenance = map[string]Maintenance{
	"20.04": {"2020-04-23", "2025-05-29", "2030-04-23", "2032-04-27"},
	"22.04": {"2022-04-21", "2027-06-01", "2032-04-09", "2034-04-25"},
	"22.10": {"2022-10-20", "", "", "2023-07-20"},
	"23.04": {"2023-04-20", "", "", "2024-01-25"},
	"23.10": {"2023-10-12", "", "", "2024-07-11"},
	"24.04": {"2024-04-25", "2029-05-31", "2034-04-25", "2036-04-29"},
	"24.10": {"2024-10-10", "", "", "2025-07-10"},
	"25.04": {"2025-04-17", "", "", "2026-01-15"},
}

var proArchives = []string{"", "fips", "fips-updates", "esm-apps", "esm-infra"}

// readConfig reads chisel.yaml.
func (r *Release) readConfig(text []byte) error {
	d := &document{file: "chisel.yaml"}
	root, err := d.parse(text)
	if err != nil {
		return err
	}
	fields, err := d.fields(root, "chisel.yaml")
	if err != nil {
		return err
	}
	top := map[string]field{}
	for _, f := range fields {
		switch f.name {
		case "format", "maintenance", "archives", "v2-archives", "public-keys":
			top[f.name] = f
		default:
			d.warnf(f.line, "unknown field %q", f.name)
		}
	}
	if err := r.readFormat(d, top); err != nil {
		return err
	}
	keys, err := d.readKeys(top["public-keys"])
	if err != nil {
		return err
	}
	for _, name := range []string{"archives", "v2-archives"} {
		if err := r.readArchives(d, top[name], keys); err != nil {
			return err
		}
	}
	if len(r.Archives) == 0 {
		return d.errorf(1, "no archive is defined")
	}
	if err := r.setPriorities(d); err != nil {
		return err
	}
	err = r.readMaintenance(d, top["maintenance"])
	r.Warnings = append(r.Warnings, d.warnings...)
	return err
}

func (r *Release) readFormat(d *document, top map[string]field) error {
	f, ok := top["format"]
	if !ok {
		return d.errorf(1, "format is missing, want v1, v2 or v3")
	}
	if err := d.decode(f, &r.Format); err != nil {
		return err
	}
	if !slices.Contains([]string{"v1", "v2", "v3"}, r.Format) {
		return d.errorf(f.line, "unknown format %q, want v1, v2 or v3", r.Format)
	}
	if f, ok := top["v2-archives"]; ok && r.Format != "v1" {
		return d.errorf(f.line, "v2-archives is for format v1; use archives")
	}
	return nil
}

func (d *document) readKeys(f field) (map[string]PublicKey, error) {
	entries, err := d.fields(f.value, "public-keys")
	if err != nil {
		return nil, err
	}
	keys := map[string]PublicKey{}
	for _, e := range entries {
		key := PublicKey{Name: e.name}
		if err := d.readInto(e, map[string]any{"id": &key.ID, "armor": &key.Armor}); err != nil {
			return nil, err
		}
		if problem := key.problem(); problem != "" {
			return nil, d.errorf(e.line, "public key %q %s", e.name, problem)
		}
		keys[e.name] = key
	}
	return keys, nil
}

// problem says what is wrong with the key. Subkeys are fine, other than in the format's first reader: Debian's
// archives are signed by subkeys.
func (k PublicKey) problem() string {
	ring, err := openpgp.ReadArmoredKeyRing(strings.NewReader(k.Armor))
	switch {
	case err != nil:
		return "can't be read: " + err.Error()
	case len(ring) != 1:
		return "holds more than one key"
	case ring[0].PrivateKey != nil:
		return "holds a private key"
	case ring[0].PrimaryKey.KeyIdString() != k.ID:
		return "has the ID " + ring[0].PrimaryKey.KeyIdString() + ", not " + k.ID
	}
	return ""
}

// readInto reads the fields of a mapping into targets; other fields are warnings.
func (d *document) readInto(e field, targets map[string]any) error {
	fields, err := d.fields(e.value, e.name)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if target, known := targets[f.name]; !known {
			d.warnf(f.line, "unknown field %q", f.name)
		} else if err := d.decode(f, target); err != nil {
			return err
		}
	}
	return nil
}

func (r *Release) readArchives(d *document, f field, keys map[string]PublicKey) error {
	entries, err := d.fields(f.value, f.name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, twice := r.Archives[e.name]; twice {
			return d.errorf(e.line, "archive %q is defined twice, in archives and in v2-archives", e.name)
		}
		a, err := d.readArchive(e, keys)
		if err != nil {
			return err
		}
		if a.isDefault && r.Format != "v1" {
			return d.errorf(e.line, "archive %q has default, which is for format v1; use priority", e.name)
		}
		if !slices.Contains(proArchives, a.Pro) {
			d.warnf(e.line, "archive %q is left out: unknown pro value %q", e.name, a.Pro)
			continue
		}
		r.Archives[e.name] = a
	}
	return nil
}

func (d *document) readArchive(e field, keys map[string]PublicKey) (*Archive, error) {
	a := &Archive{Name: e.name, line: e.line}
	var names []string
	var priority yaml.Node
	err := d.readInto(e, map[string]any{
		"version": &a.Version, "suites": &a.Suites, "components": &a.Components,
		"public-keys": &names, "priority": &priority, "pro": &a.Pro, "default": &a.isDefault,
	})
	if err != nil {
		return nil, err
	}
	for _, required := range []struct {
		name  string
		empty bool
	}{
		{"version", a.Version == ""},
		{"suites", len(a.Suites) == 0},
		{"components", len(a.Components) == 0},
		{"public-keys", len(names) == 0},
	} {
		if required.empty {
			return nil, d.errorf(e.line, "archive %q has no %s", e.name, required.name)
		}
	}
	for _, name := range names {
		key, ok := keys[name]
		if !ok {
			return nil, d.errorf(e.line, "archive %q names the public key %q, which is not defined", e.name, name)
		}
		a.Keys = append(a.Keys, key)
	}
	if priority.Kind == 0 || isNull(&priority) {
		return a, nil
	}
	err = priority.Decode(&a.Priority)
	if err != nil || a.Priority < -1000 || a.Priority > 1000 || a.Priority == 0 {
		return nil, d.errorf(priority.Line, "archive %q has the priority %s, want -1000 to 1000 and not 0", e.name, priority.Value)
	}
	return a, nil
}

// setPriorities checks that either all archives have a priority or none, and gives them one in the second case.
func (r *Release) setPriorities(d *document) error {
	names := slices.Sorted(maps.Keys(r.Archives))
	var with, without, defaults []string
	taken := map[int]string{}
	for _, name := range names {
		a := r.Archives[name]
		if a.isDefault {
			defaults = append(defaults, name)
		}
		if a.Priority == 0 {
			without = append(without, name)
			continue
		}
		with = append(with, name)
		if other, twice := taken[a.Priority]; twice {
			return d.errorf(a.line, "archives %q and %q have the same priority %d", other, name, a.Priority)
		}
		taken[a.Priority] = name
	}
	switch {
	case len(defaults) > 1:
		return d.errorf(r.Archives[defaults[1]].line, "archives %q and %q are both the default", defaults[0], defaults[1])
	case len(without) == 0, len(names) == 1:
		return nil
	case len(with) > 0:
		return d.errorf(r.Archives[without[0]].line, "archive %q has no priority, but %q has", without[0], with[0])
	case len(defaults) == 0:
		return d.errorf(r.Archives[names[0]].line, "there are several archives, but no priorities and no default")
	}
	next := -1
	for _, name := range names {
		if name == defaults[0] {
			r.Archives[name].Priority = 1
			continue
		}
		r.Archives[name].Priority = next
		next--
	}
	return nil
}
