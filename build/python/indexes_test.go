package python

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
	left := others([]index{{"pypi", "https://pypi.org/simple"}, {"torch", "https://download.example.org/whl"}, {"", "wheels"}})
	if diff := cmp.Diff([]index{{"torch", "https://download.example.org/whl"}}, left); diff != "" {
		t.Error(diff)
	}
}
