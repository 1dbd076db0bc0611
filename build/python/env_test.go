package python

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestLaunchEnv: a Procfile of "gunicorn app:app", "uvicorn main:app" or "flask run" names no address, and each of these would listen
// where nobody outside of the container reaches it.
func TestLaunchEnv(t *testing.T) {
	for _, row := range []struct {
		packages []string
		more     map[string]string
	}{
		{[]string{"gunicorn"}, nil},
		{[]string{"uvicorn"}, map[string]string{"UVICORN_HOST": "0.0.0.0"}},
		{[]string{"flask", "gunicorn"}, map[string]string{"FLASK_RUN_HOST": "0.0.0.0"}},
	} {
		p := newPython(t, nil)
		p.begin.Env = map[string]string{"GRADIO_SERVER_NAME": "0.0.0.0"}
		for _, name := range row.packages {
			languagetest.Write(t, p.sitePackages(), map[string]string{name + "/__init__.py": ""})
		}
		want := map[string]string{
			"GRADIO_SERVER_NAME": "0.0.0.0", "GUNICORN_CMD_ARGS": "--worker-tmp-dir=/dev/shm", "LANG": "C.UTF-8", "PORT": "8080", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1",
		}
		for name, value := range row.more {
			want[name] = value
		}
		if diff := cmp.Diff(want, p.launchEnv()); diff != "" {
			t.Errorf("%v: %s", row.packages, diff)
		}
		if len(p.begin.Env) != 1 {
			t.Errorf("the environment of the start is changed: %v", p.begin.Env)
		}
	}
}
