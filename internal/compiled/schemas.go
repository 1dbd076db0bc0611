package compiled

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Schemas compiles the schemas of GSettings into the bytes of gschemas.compiled, as glib-compile-schemas does. Of the
// files, those named *.gschema.xml and *.enums.xml are schemas and those named *.gschema.override replace defaults;
// others do not count. A file that cannot be read is left out as a whole, and so is a single override that does not
// fit. Without any schema nil is returned.
func Schemas(files []File) ([]byte, []Ignored) {
	s := schemas{all: map[string]*schema{}, enums: map[string]stringInfo{}, flags: map[string]stringInfo{}}
	var overrides []File
	for _, f := range inOrder(files) {
		switch {
		case strings.HasSuffix(f.Name, ".gschema.override"):
			overrides = append(overrides, f)
		case strings.HasSuffix(f.Name, ".gschema.xml"), strings.HasSuffix(f.Name, ".enums.xml"):
			s.addFile(f)
		}
	}
	for _, f := range overrides {
		s.override(f)
	}
	if len(s.all) == 0 {
		return nil, s.ignored
	}
	root := gvdbTable{}
	for id, sc := range s.all {
		root[id] = gvdbItem{table: sc.table()}
	}
	return encodeGVDB(root), s.ignored
}

// inOrder sorts files by name, those with enumerations first, for the others refer to them.
func inOrder(files []File) []File {
	enums := func(f File) int {
		if strings.HasSuffix(f.Name, ".enums.xml") {
			return 0
		}
		return 1
	}
	return slices.SortedFunc(slices.Values(files), func(a, b File) int {
		if d := enums(a) - enums(b); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
}

type schemas struct {
	all          map[string]*schema
	enums, flags map[string]stringInfo
	ignored      []Ignored
}

type schema struct {
	xmlSchema
	domain string
	parent *schema
	keys   map[string]*schemaKey
}

type xmlSchemaList struct {
	Domain  string      `xml:"gettext-domain,attr"`
	Enums   []xmlEnum   `xml:"enum"`
	Flags   []xmlEnum   `xml:"flags"`
	Schemas []xmlSchema `xml:"schema"`
}

type xmlEnum struct {
	ID     string `xml:"id,attr"`
	Values []struct {
		Nick  string `xml:"nick,attr"`
		Value string `xml:"value,attr"`
	} `xml:"value"`
}

type xmlSchema struct {
	ID       string   `xml:"id,attr"`
	Path     string   `xml:"path,attr"`
	Domain   string   `xml:"gettext-domain,attr"`
	Extends  string   `xml:"extends,attr"`
	ListOf   string   `xml:"list-of,attr"`
	Keys     []xmlKey `xml:"key"`
	Children []struct {
		Name   string `xml:"name,attr"`
		Schema string `xml:"schema,attr"`
	} `xml:"child"`
	Overrides []xmlDefault `xml:"override"`
}

type xmlKey struct {
	Name    string      `xml:"name,attr"`
	Type    string      `xml:"type,attr"`
	Enum    string      `xml:"enum,attr"`
	Flags   string      `xml:"flags,attr"`
	Default *xmlDefault `xml:"default"`
	Range   *struct {
		Min string `xml:"min,attr"`
		Max string `xml:"max,attr"`
	} `xml:"range"`
	Choices []struct {
		Value string `xml:"value,attr"`
	} `xml:"choices>choice"`
	Aliases []struct {
		Value  string `xml:"value,attr"`
		Target string `xml:"target,attr"`
	} `xml:"aliases>alias"`
}

type xmlDefault struct {
	Name    string `xml:"name,attr"` // of an override
	L10n    string `xml:"l10n,attr"`
	Context string `xml:"context,attr"`
	Text    string `xml:",chardata"`
}

// addFile takes the schemas of one file, or none of them.
func (s *schemas) addFile(f File) {
	was := schemas{all: maps.Clone(s.all), enums: maps.Clone(s.enums), flags: maps.Clone(s.flags), ignored: s.ignored}
	var list xmlSchemaList
	err := decodeXML(f, &list)
	if err == nil {
		err = s.addList(list)
	}
	if err != nil {
		*s = was
		s.ignored = append(s.ignored, Ignored{f.Name, err})
	}
}

func (s *schemas) addList(list xmlSchemaList) error {
	if err := addEnums(s.enums, list.Enums, false); err != nil {
		return err
	}
	if err := addEnums(s.flags, list.Flags, true); err != nil {
		return err
	}
	for _, x := range list.Schemas {
		if err := s.addSchema(x, list.Domain); err != nil {
			return fmt.Errorf("schema %s: %w", x.ID, err)
		}
	}
	return nil
}

func addEnums(into map[string]stringInfo, from []xmlEnum, flags bool) error {
	for _, e := range from {
		if _, twice := into[e.ID]; twice {
			return fmt.Errorf("enumeration %s is there twice", e.ID)
		}
		var info stringInfo
		for _, v := range e.Values {
			n, err := strconv.ParseInt(v.Value, 0, 64)
			if err != nil || n < math.MinInt32 || n > math.MaxUint32 {
				return fmt.Errorf("value %q of enumeration %s is no number", v.Value, e.ID)
			}
			if flags && n == 0 {
				continue // it means that no flag is set, which an empty array says
			}
			if info, err = info.add(v.Nick, uint32(n)); err != nil {
				return fmt.Errorf("enumeration %s: %w", e.ID, err)
			}
		}
		into[e.ID] = info
	}
	return nil
}

func (s *schemas) addSchema(x xmlSchema, domain string) error {
	if s.all[x.ID] != nil || x.ID == "" {
		return errors.New("it is there twice, or has no name")
	}
	sc := &schema{xmlSchema: x, domain: cmp.Or(x.Domain, domain), keys: map[string]*schemaKey{}}
	if x.Extends != "" {
		if sc.parent = s.all[x.Extends]; sc.parent == nil {
			return fmt.Errorf("there is no schema %s before it", x.Extends)
		}
		sc.ListOf = cmp.Or(x.ListOf, sc.parent.ListOf)
	}
	for _, k := range x.Keys {
		key, err := s.newKey(k, sc.domain)
		if err != nil {
			return fmt.Errorf("key %s: %w", k.Name, err)
		}
		sc.keys[k.Name] = key
	}
	for _, o := range x.Overrides {
		original := sc.parent.find(o.Name)
		if original == nil {
			return fmt.Errorf("there is no key %s to override", o.Name)
		}
		key := &schemaKey{t: original.t, info: original.info, infoKind: original.infoKind, limits: original.limits}
		if err := key.setDefault(o, sc.domain); err != nil {
			return fmt.Errorf("override %s: %w", o.Name, err)
		}
		sc.keys[o.Name] = key
	}
	s.all[x.ID] = sc
	return nil
}

// find returns a key of the schema or of those that it extends.
func (sc *schema) find(key string) *schemaKey {
	for ; sc != nil; sc = sc.parent {
		if k := sc.keys[key]; k != nil {
			return k
		}
	}
	return nil
}

// table is the schema as GSettings reads it.
func (sc *schema) table() gvdbTable {
	t := gvdbTable{}
	translated := false
	for name, k := range sc.keys {
		t[name] = gvdbItem{value: k.serialised()}
		translated = translated || k.category != 0
	}
	for _, c := range sc.Children {
		t[c.Name+"/"] = gvdbItem{value: stringVariant('s', c.Schema)}
	}
	for name, text := range map[string]string{".path": sc.Path, ".extends": sc.Extends, ".list-of": sc.ListOf} {
		if text != "" {
			t[name] = gvdbItem{value: stringVariant('s', text)}
		}
	}
	if translated {
		t[".gettext-domain"] = gvdbItem{value: stringVariant('s', sc.domain)}
	}
	return t
}

// override replaces defaults by those of a key file: its groups are schemas, or "schema:desktop" for one desktop only.
func (s *schemas) override(f File) {
	var sc *schema
	var desktop string
	for line := range strings.Lines(string(f.Data)) {
		line = strings.TrimSpace(line)
		if group, ok := strings.CutPrefix(line, "["); ok {
			group, _, _ = strings.Cut(group, "]")
			group, desktop, _ = strings.Cut(group, ":")
			sc = s.all[group] // of a schema that is not there nothing is expected
			continue
		}
		name, text, ok := strings.Cut(line, "=")
		if sc == nil || !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if err := sc.override(strings.TrimSpace(name), desktop, strings.TrimSpace(text)); err != nil {
			s.ignored = append(s.ignored, Ignored{f.Name, fmt.Errorf("schema %s: %w", sc.ID, err)})
		}
	}
}

func (sc *schema) override(name, desktop, text string) error {
	k := sc.keys[name]
	if k == nil {
		return fmt.Errorf("there is no key %s", name)
	}
	if desktop != "" && k.category != 0 {
		return fmt.Errorf("key %s is translated, and cannot differ by desktop", name)
	}
	v, err := k.parse(text)
	if err != nil {
		return fmt.Errorf("key %s: %w", name, err)
	}
	if desktop == "" {
		k.value = v
		return nil
	}
	if k.desktops == nil {
		k.desktops = map[string]variant{}
	}
	k.desktops[desktop] = v
	return nil
}
