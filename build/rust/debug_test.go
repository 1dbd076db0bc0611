package rust

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
)

// TestVariablesOfCargo: programs have their symbols where the user wants them, in the profile that is built, and versions of crates are
// those that this Rust compiles, unless the user says otherwise.
func TestVariablesOfCargo(t *testing.T) {
	for _, row := range []struct {
		debug bool
		env   map[string]string
		want  map[string]string // of the variables below, those that cargo build has
	}{
		{false, nil, map[string]string{"CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS": "fallback"}},
		{true, nil, map[string]string{"CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS": "fallback", "CARGO_PROFILE_RELEASE_DEBUG": "true", "CARGO_PROFILE_RELEASE_STRIP": "none"}},
		{
			true,
			map[string]string{"BP_CARGO_INSTALL_ARGS": "--profile my-dist", "CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS": "allow"},
			map[string]string{"CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS": "allow", "CARGO_PROFILE_MY_DIST_DEBUG": "true", "CARGO_PROFILE_MY_DIST_STRIP": "none"},
		},
	} {
		f := &fake{packages: []string{"shop 0.1.0 bin=shop in=."}}
		s := shop(t, f, map[string]string{"Cargo.toml": "", "Cargo.lock": lockText})
		s.Debug = row.debug
		for name, value := range row.env {
			s.Env[name] = value
		}
		got, stripped := map[string]string{}, 0
		s.Run = func(ctx context.Context, c language.Command) error {
			if strings.HasSuffix(c.Args[0], "strip") {
				stripped++
			}
			if strings.Contains(strings.Join(c.Args, " "), "cargo build ") {
				for name, value := range c.Env {
					if strings.HasPrefix(name, "CARGO_PROFILE_") || strings.HasPrefix(name, "CARGO_RESOLVER_") {
						got[name] = value
					}
				}
			}
			return f.run(ctx, c)
		}
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("debug is %t: %s", row.debug, diff)
		}
		if row.debug && stripped > 0 {
			t.Errorf("debug is true, and %d programs are stripped", stripped)
		}
	}
}

// TestPreparedQueries: macros of SQLx take what "cargo sqlx prepare" has left, as no database can be asked, unless the user names one.
func TestPreparedQueries(t *testing.T) {
	const query = `{"db_name": "PostgreSQL"}`
	for _, row := range []struct {
		name  string
		files map[string]string
		env   map[string]string
		want  string
	}{
		{"none", map[string]string{".sqlx/readme": ""}, nil, ""},
		{"of the app", map[string]string{".sqlx/query-01.json": query, ".env": "DATABASE_URL=postgres://localhost/x\n"}, nil, "true"},
		{"by an old SQLx", map[string]string{"sqlx-data.json": "{}"}, nil, "true"},
		{"the user says otherwise", map[string]string{".sqlx/query-01.json": query}, map[string]string{"SQLX_OFFLINE": "false"}, "false"},
		{"the user has a database", map[string]string{".sqlx/query-01.json": query}, map[string]string{"DATABASE_URL": "postgres://db/x"}, ""},
	} {
		files := map[string]string{"Cargo.toml": "", "Cargo.lock": lockText}
		for name, text := range row.files {
			files[name] = text
		}
		f := &fake{packages: []string{"shop 0.1.0 bin=shop in=."}}
		s := shop(t, f, files)
		for name, value := range row.env {
			s.Env[name] = value
		}
		got := ""
		s.Run = func(ctx context.Context, c language.Command) error {
			if strings.Contains(strings.Join(c.Args, " "), "cargo build ") {
				got = c.Env["SQLX_OFFLINE"]
			}
			return f.run(ctx, c)
		}
		if _, err := compile(t.Context(), s); err != nil || got != row.want {
			t.Errorf("%s: SQLX_OFFLINE=%s, %v", row.name, got, err)
		}
	}
}
