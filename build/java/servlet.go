package java

import (
	"context"

	"whittle.dev/whittle/build/language"
)

// servletContainer is a war that needs one.
func (a *app) servletContainer(_ context.Context, _ *stage, one archive) (built, error) {
	return built{}, &language.Problem{
		What:     clip(one.Path) + " is a war for a servlet container, and has none in it",
		Evidence: []string{"its manifest has no Main-Class"},
		Next:     "Package it with an embedded server (Spring Boot's plugin, or Jetty or Tomcat as a dependency with a main class).",
	}
}
