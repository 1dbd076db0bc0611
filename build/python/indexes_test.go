package python

import (
	stdcmp "cmp"
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

func TestIndexesGetTheirCredentials(t *testing.T) {
	for _, row := range []struct {
		name    string
		env     map[string]string
		indexes []index
		want    map[string]string
	}{
		{"nothing", nil, nil, map[string]string{}},
		{"a further index", nil, []index{{"", "https://i/simple"}}, map[string]string{"PIP_EXTRA_INDEX_URL": "https://i/simple"}},
		{"uv's way", map[string]string{"UV_INDEX_OUR_HOUSE_USERNAME": "u", "UV_INDEX_OUR_HOUSE_PASSWORD": "p@"}, []index{{"our-house", "https://i/simple"}}, map[string]string{"PIP_EXTRA_INDEX_URL": "https://u:p%40@i/simple"}},
		{"Poetry's way", map[string]string{"POETRY_HTTP_BASIC_HOUSE_PASSWORD": "p", "POETRY_HTTP_BASIC_HOUSE_USERNAME": "u"}, []index{{"house", "https://i/simple"}}, map[string]string{"PIP_EXTRA_INDEX_URL": "https://u:p@i/simple"}},
		{"Pipenv's way", map[string]string{"USER": "u", "PASS": "p"}, []index{{"house", "https://${USER}:$PASS@i/simple"}}, map[string]string{"PIP_EXTRA_INDEX_URL": "https://u:p@i/simple"}},
		{"the user's own go first", map[string]string{"PIP_EXTRA_INDEX_URL": "https://a https://b"}, []index{{"", "https://i"}}, map[string]string{"PIP_EXTRA_INDEX_URL": "https://a https://b https://i"}},
		{"uv's index is pip's", map[string]string{"UV_DEFAULT_INDEX": "https://a"}, nil, map[string]string{"PIP_INDEX_URL": "https://a"}},
		{"pip's goes first", map[string]string{"UV_DEFAULT_INDEX": "https://a", "PIP_INDEX_URL": "https://b"}, nil, map[string]string{}},
	} {
		if diff := cmp.Diff(row.want, indexEnv(row.env, row.indexes)); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

// TestUsualIndexIsNoFurtherIndex: a lock names pip's own index, and pip alone says which that is. As a further index it would be
// asked although the user has put another in its place.
func TestUsualIndexIsNoFurtherIndex(t *testing.T) {
	p := newPython(t, func(_ context.Context, c language.Command) error {
		asked := stdcmp.Or(c.Env["PIP_INDEX_URL"], "https://usual.example.org/simple")
		_, err := fmt.Fprintf(c.Stdout, `{"made": ["https://usual.example.org/simple", "https://files.example.org"], "asked": %q}`, asked)
		return err
	})
	for _, row := range []struct {
		name, url string
		env       map[string]string
		usual     bool
	}{
		{"pip's own", "https://usual.example.org/simple", nil, true},
		{"in other letters and another path", "https://USUAL.example.org:443/simple/", nil, true},
		{"the host of its files", "https://files.example.org/packages", nil, true},
		{"pip's own where the user has a mirror", "https://usual.example.org/simple", map[string]string{"PIP_INDEX_URL": "https://u:p@mirror.example.org/a/simple"}, true},
		{"the mirror", "https://mirror.example.org/a/simple/", map[string]string{"PIP_INDEX_URL": "https://u:p@mirror.example.org/a/simple"}, true},
		{"uv's name for the mirror", "https://mirror.example.org/a/simple", map[string]string{"UV_DEFAULT_INDEX": "https://mirror.example.org/a/simple"}, true},
		{"another index of the mirror's host", "https://mirror.example.org/b/simple", map[string]string{"PIP_INDEX_URL": "https://mirror.example.org/a/simple"}, false},
		{"another", "https://download.example.org/whl", nil, false},
		{"a host that begins alike", "https://usual.example.org.evil.example/simple", nil, false},
		{"a path that looks alike", "https://evil.example//usual.example.org/simple", nil, false},
		{"a user that looks alike", "https://usual.example.org@evil.example/simple", nil, false},
		{"no address", "https://%zz/", nil, false},
	} {
		p.Env = row.env
		u, err := p.usualIndex(t.Context())
		if err != nil || u.is(index{URL: row.url}) != row.usual {
			t.Errorf("%s: %+v, %v", row.name, u, err)
		}
	}
	if diff := cmp.Diff([]index{{"torch", "https://download.example.org/whl"}}, remote([]index{{"torch", "https://download.example.org/whl"}, {"", "wheels"}})); diff != "" {
		t.Error(diff)
	}
}

// TestPipMustSayItsIndex: a guess would have packages from an index that the user has replaced.
func TestPipMustSayItsIndex(t *testing.T) {
	for _, answer := range []string{"", "no JSON", "{}", `{"made": ["simple"]}`} {
		p := newPython(t, func(_ context.Context, c language.Command) error {
			_, err := io.WriteString(c.Stdout, answer)
			return err
		})
		further := &plan{Steps: []step{{Indexes: []index{{"", "https://a.example/simple"}}}}}
		languagetest.Has(t, further.leaveOutUsual(t.Context(), p.usualIndex), "cannot ask pip for its index")
	}
	nothing := &plan{Steps: []step{{What: "a step of the usual index alone"}}}
	if err := nothing.leaveOutUsual(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
