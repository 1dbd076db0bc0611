package java

import (
	"regexp"
	"slices"
	"strings"
)

// moduleRules name modules of the JDK that no reference leads to: they provide services to others (JDK's java.util.ServiceLoader),
// and something in a class shows that the service is asked for.
var moduleRules = []moduleRule{
	{module: "jdk.crypto.ec", why: "uses TLS or public keys, for elliptic curves", classes: []string{
		"javax/net/ssl/SSLContext", "javax/net/ssl/SSLSocketFactory", "javax/net/ssl/HttpsURLConnection", "java/net/http/HttpClient", "java/net/URL", "java/net/URI",
		"java/net/HttpURLConnection", "java/security/KeyFactory", "java/security/KeyPairGenerator", "java/security/Signature", "javax/crypto/KeyAgreement",
	}},
	{module: "jdk.zipfs", why: "opens archives as file systems", classes: []string{"java/nio/file/FileSystems"}, name: "newFileSystem"},
	{module: "jdk.random", why: "asks for generators of random numbers by name", classes: []string{"java/util/random/RandomGenerator", "java/util/random/RandomGeneratorFactory"}},
	{module: "jdk.localedata", why: "formats for other languages than English", text: "java.locale.providers"},
	{module: "jdk.management.agent", why: "turns on remote management", text: "com.sun.management.jmxremote"},
	{module: "jdk.security.jgss", why: "authenticates with Kerberos", text: "GSSAPI", own: true},
}

type moduleRule struct {
	module, why string
	classes     []string // one of them is referred to
	name        string   // and a method of this name
	text        string   // or this string occurs
	own         bool     // in the app's own classes alone: libraries can do it for those who ask
}

// shows tells whether a class shows that the module of the rule is used: by a text, or by a class or member that it refers to.
func (r moduleRule) shows(c class, refers map[string]bool) bool {
	if r.text != "" {
		_, found := slices.BinarySearch(c.Strings, r.text)
		return found
	}
	if !slices.ContainsFunc(r.classes, func(name string) bool { return refers[name] }) {
		return false
	}
	if r.name == "" {
		return true
	}
	_, found := slices.BinarySearch(c.Names, r.name)
	return found
}

// onlyOwn are modules that libraries name to find out whether they are there, and do without: the name alone brings them
// where the app's own classes have it.
var onlyOwn = []string{
	"java.desktop", "java.rmi", "java.smartcardio", "java.sql.rowset", "java.transaction.xa", "jdk.accessibility", "jdk.attach", "jdk.compiler", "jdk.dynalink", "jdk.jartool", "jdk.javadoc",
	"jdk.jconsole", "jdk.jdeps", "jdk.jdi", "jdk.jfr", "jdk.jlink", "jdk.jshell", "jdk.jpackage", "jdk.internal.vm.ci", "jdk.net", "jdk.security.auth", "jdk.unsupported.desktop",
}

// charsets are those that are in jdk.charsets alone, as programs write them.
var charsets = []string{
	"Big5", "Big5-HKSCS", "EUC-JP", "EUC-KR", "EUC-TW", "GB18030", "GBK", "GB2312", "Shift_JIS", "Windows-31J", "ISO-2022-JP", "ISO-2022-KR", "ISO-2022-CN", "x-windows-949",
	"TIS-620", "ISO-8859-6", "ISO-8859-8", "windows-1255", "windows-1256", "windows-1258", "IBM037", "IBM500", "IBM1047", "Cp037", "Cp500", "Cp1047", "Cp850",
}

// drawn are the packages whose classes need native libraries of AWT, and drawing those by which a library shows that it
// draws text and images, and does not only pass them on.
var (
	drawn   = []string{"java/awt/", "javax/imageio/", "javax/swing/", "javax/print/"}
	drawing = []string{"java/awt/Graphics2D", "java/awt/Font", "java/awt/FontMetrics"}
	// undrawn are classes of these packages that need nothing native.
	undrawn = []string{"java/awt/event/", "java/awt/Desktop", "java/awt/HeadlessException", "java/awt/GraphicsEnvironment"}
)

// draws tells whether a class that refers to others draws.
func draws(classes []string, own bool) bool {
	for _, name := range classes {
		name = strings.TrimSuffix(strings.TrimPrefix(strings.TrimLeft(name, "["), "L"), ";")
		if !own {
			if slices.Contains(drawing, name) {
				return true
			}
			continue
		}
		begins := func(p string) bool { return strings.HasPrefix(name, p) }
		if slices.ContainsFunc(drawn, begins) && !slices.ContainsFunc(undrawn, begins) {
			return true
		}
	}
	return false
}

// bundleName is a resource bundle of a language: messages_de.properties, messages_pt_BR.properties.
var bundleName = regexp.MustCompile(`^[\w.-]*?[a-z]_([a-z]{2})(?:_[A-Z]{2})?\.properties$`)

// localeFields are the constants of java.util.Locale that are not English, and their languages.
var localeFields = map[string]string{
	"GERMAN": "de", "GERMANY": "de", "FRENCH": "fr", "FRANCE": "fr", "CANADA_FRENCH": "fr", "ITALIAN": "it", "ITALY": "it", "JAPANESE": "ja", "JAPAN": "ja", "KOREAN": "ko",
	"KOREA": "ko", "CHINESE": "zh", "CHINA": "zh", "PRC": "zh", "TAIWAN": "zh", "SIMPLIFIED_CHINESE": "zh", "TRADITIONAL_CHINESE": "zh",
}

// languageTag is a text that names a language: "de", "pt-BR".
var languageTag = regexp.MustCompile(`^([a-z]{2})(?:[-_][A-Z]{2})?$`)

// locales are the languages that a class which refers to java.util.Locale names. One that makes locales of texts that are
// not in it asks for all.
func locales(c class) []string {
	var all []string
	for _, name := range c.Names {
		if l := localeFields[name]; l != "" {
			all = append(all, l)
		}
	}
	makes := slices.Contains(c.Names, "forLanguageTag") || slices.Contains(c.Names, "(Ljava/lang/String;)Ljava/util/Locale;")
	made := false
	for _, text := range c.Strings {
		if m := languageTag.FindStringSubmatch(text); m != nil && makes {
			made = true
			if m[1] != "en" {
				all = append(all, m[1])
			}
		}
	}
	if makes && !made {
		all = append(all, allLocales)
	}
	return all
}

// allLocales stands for every language.
const allLocales = "*"
