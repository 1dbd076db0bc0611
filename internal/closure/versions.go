package closure

import (
	"debug/elf"
	"fmt"
	"slices"
)

// maxVersions is how many versions an index of 15 bits can tell apart.
const maxVersions = 1 << 15

// Flags and special indexes of symbol versions.
const (
	versionBase   = 1 // VER_FLG_BASE: the name of the file itself
	versionWeak   = 2 // VER_FLG_WEAK
	versionGlobal = 1 // VER_NDX_GLOBAL: defined without a version
	versionHidden = 0x8000
	versionMask   = 0x7fff
)

// version is what an index of the version table stands for.
type version struct {
	name   string
	soname string // for needs
}

// readVersions reads the version definitions and needs. It answers the meaning
// of each version index.
func (d *dynamic) readVersions(o *Object) (map[uint16]version, error) {
	versions := make(map[uint16]version)
	if err := d.readDefinitions(o, versions); err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	if err := d.readNeeds(o, versions); err != nil {
		return nil, fmt.Errorf("needs: %w", err)
	}
	return versions, nil
}

func (d *dynamic) readDefinitions(o *Object, versions map[uint16]version) error {
	count, at := d.values[elf.DT_VERDEFNUM], d.values[elf.DT_VERDEF]
	if count > maxVersions {
		return fmt.Errorf("%d entries, at most %d are allowed", count, maxVersions)
	}
	for range count {
		b, err := d.at(at, 20)
		if err != nil {
			return err
		}
		flags, index := d.order.Uint16(b[2:]), d.order.Uint16(b[4:])&versionMask
		aux, next := uint64(d.order.Uint32(b[12:])), uint64(d.order.Uint32(b[16:]))
		name, err := d.versionName(at+aux, 0)
		if err != nil {
			return err
		}
		if flags&versionBase == 0 {
			o.Provides = append(o.Provides, name)
			versions[index] = version{name: name}
		}
		if next == 0 {
			break
		}
		at += next
	}
	slices.Sort(o.Provides)
	o.Provides = slices.Compact(o.Provides)
	return nil
}

// versionName reads the string offset that an entry holds at a position.
func (d *dynamic) versionName(at uint64, position uint64) (string, error) {
	b, err := d.at(at+position, 4)
	if err != nil {
		return "", err
	}
	return d.text(uint64(d.order.Uint32(b)))
}

func (d *dynamic) readNeeds(o *Object, versions map[uint16]version) error {
	count, at := d.values[elf.DT_VERNEEDNUM], d.values[elf.DT_VERNEED]
	if count > maxVersions {
		return fmt.Errorf("%d libraries, at most %d are allowed", count, maxVersions)
	}
	left := maxVersions
	for range count {
		b, err := d.at(at, 16)
		if err != nil {
			return err
		}
		n, file := int(d.order.Uint16(b[2:])), uint64(d.order.Uint32(b[4:]))
		aux, next := uint64(d.order.Uint32(b[8:])), uint64(d.order.Uint32(b[12:]))
		soname, err := d.text(file)
		if err != nil {
			return err
		}
		if left -= n; left < 0 {
			return fmt.Errorf("more than %d versions", maxVersions)
		}
		need, err := d.readNeed(VersionNeed{Soname: soname}, at+aux, n, versions)
		if err != nil {
			return fmt.Errorf("%s: %w", soname, err)
		}
		o.Requires = append(o.Requires, need)
		if next == 0 {
			break
		}
		at += next
	}
	return nil
}

// readNeed reads the n versions wanted from one library.
func (d *dynamic) readNeed(need VersionNeed, at uint64, n int, versions map[uint16]version) (VersionNeed, error) {
	for range n {
		b, err := d.at(at, 16)
		if err != nil {
			return need, err
		}
		flags, index := d.order.Uint16(b[4:]), d.order.Uint16(b[6:])&versionMask
		offset, next := uint64(d.order.Uint32(b[8:])), uint64(d.order.Uint32(b[12:]))
		name, err := d.text(offset)
		if err != nil {
			return need, err
		}
		versions[index] = version{name: name, soname: need.Soname}
		if flags&versionWeak != 0 {
			need.Weak = append(need.Weak, name)
		} else {
			need.Versions = append(need.Versions, name)
		}
		if next == 0 {
			break
		}
		at += next
	}
	slices.Sort(need.Versions)
	slices.Sort(need.Weak)
	return need, nil
}
