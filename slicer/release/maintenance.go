package release

import "time"

// readMaintenance reads the dates of the release, or finds those of an older Ubuntu release.
func (r *Release) readMaintenance(d *document, f field) error {
	if f.value == nil {
		ubuntu, ok := r.Archives["ubuntu"]
		if !ok {
			return d.errorf(1, "maintenance is missing")
		}
		known, ok := ubuntuMaintenance[ubuntu.Version]
		if !ok {
			return d.errorf(ubuntu.line, "maintenance is missing, and the dates of version %q are not known", ubuntu.Version)
		}
		r.Maintenance = known
		return nil
	}
	m := &r.Maintenance
	err := d.readInto(f, map[string]any{
		"standard": &m.Standard, "expanded": &m.Expanded, "legacy": &m.Legacy,
		"end-of-life": &m.EndOfLife,
	})
	if err != nil {
		return err
	}
	for _, date := range []struct {
		name, value string
		required    bool
	}{
		{"standard", m.Standard, true},
		{"expanded", m.Expanded, false},
		{"legacy", m.Legacy, false},
		{"end-of-life", m.EndOfLife, true},
	} {
		if date.value == "" && !date.required {
			continue
		}
		if _, err := time.Parse(time.DateOnly, date.value); err != nil {
			return d.errorf(f.line, "maintenance date %s is %q, want YYYY-MM-DD", date.name, date.value)
		}
	}
	return nil
}
