package java

import "strings"

// encapsulated is the version of Java since which no library can look into the JDK's own classes by reflection, unless it is
// told to be allowed (JEP 403).
const encapsulated = 17

// reflected are the packages of java.base that libraries of older versions look into: proxies that are made as classes (cglib,
// Javassist), and what writes any object down (XStream, Gson, Kryo).
var reflected = strings.Fields("java.io java.lang java.lang.invoke java.lang.ref java.lang.reflect java.math java.net java.nio java.nio.charset java.text java.time java.util java.util.concurrent java.util.concurrent.atomic java.util.regex sun.nio.ch sun.security.action")

// opens are the options by which the JDK permits what the older version permitted that an app, or its build, was written for.
// There are none for level 0, which is not known.
func opens(level int) string {
	if level <= 0 || level >= encapsulated {
		return ""
	}
	var all []string
	for _, name := range reflected {
		all = append(all, "--add-opens=java.base/"+name+"=ALL-UNNAMED")
	}
	return strings.Join(all, " ")
}
