package compiled

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Delegate sends identifiers with a certain beginning to another catalog.
type Delegate struct {
	Kind    string // public, system or uri
	Start   string
	Catalog string // absolute path
}

// XMLCatalog writes an OASIS XML catalog of delegates, sorted, as update-xmlcatalog of xml-core does. Of two for the same
// beginning the first holds; those of another kind are left out.
func XMLCatalog(delegates []Delegate) []byte {
	elements := map[string]string{"public": "delegatePublic publicIdStartString", "system": "delegateSystem systemIdStartString", "uri": "delegateURI uriStartString"}
	lines := map[string]string{}
	var keys []string
	for _, d := range delegates {
		element, ok := elements[d.Kind]
		key := fmt.Sprintf("%s=\"%s\"", element, escapeXML(d.Start))
		if _, twice := lines[key]; twice || !ok {
			continue
		}
		lines[key] = fmt.Sprintf("<%s catalog=\"file://%s\"/>\n", key, escapeXML(d.Catalog))
		keys = append(keys, key)
	}
	slices.SortFunc(keys, strings.Compare)
	b := bytes.NewBufferString(`<?xml version="1.0"?>
<!DOCTYPE catalog PUBLIC "-//OASIS//DTD XML Catalogs V1.0//EN"
  "file:///usr/share/xml/schema/xml-core/catalog.dtd">
<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
`)
	for _, k := range keys {
		b.WriteString(lines[k])
	}
	b.WriteString("</catalog>\n")
	return b.Bytes()
}
