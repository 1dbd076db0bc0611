package language

import (
	"regexp"

	"github.com/package-url/packageurl-go"
)

// userinfo is what stands before the @ of an address in a qualifier.
var userinfo = regexp.MustCompile(`://[^/@]*@`)

// PURL is the package URL of a component: PURL("npm", "@acme", "left-pad", "1.0.0") is pkg:npm/%40acme/left-pad@1.0.0. Names and
// versions are other people's, and what would be a part of its own in a URL is escaped: a name with "?" or "#" in it makes no
// other package. pairs are names and values of qualifiers; addresses in them lose their credentials.
func PURL(kind, namespace, name, version string, pairs ...string) string {
	qualifiers := packageurl.Qualifiers{}
	for i := 0; i+1 < len(pairs); i += 2 {
		qualifiers = append(qualifiers, packageurl.Qualifier{Key: pairs[i], Value: userinfo.ReplaceAllString(pairs[i+1], "://")})
	}
	return packageurl.NewPackageURL(kind, namespace, name, version, qualifiers, "").ToString()
}
