package python

import (
	"context"
	"fmt"
	"os"
	"strings"

	"whittle.dev/whittle/build/language"
)

// sessionKey is where FastHTML keeps the key of its sessions, in the folder that it is started in. It makes one where there is none,
// and fails where it can't.
const sessionKey = ".sesskey"

// leadSessionKey has FastHTML's key lie in /tmp: an image's folders are not to be written to, and a key in an image is nobody's
// secret.
func (p *python) leadSessionKey(context.Context) error {
	if !p.plan.has("python-fasthtml") || p.startsIn() == "" {
		return nil
	}
	root, err := os.OpenRoot(p.Dir)
	if err != nil {
		return fmt.Errorf("cannot open the app's folder: %w", err)
	}
	defer root.Close()
	name := strings.TrimPrefix(p.startsIn()+"/"+sessionKey, "./")
	if _, err := root.Lstat(name); err == nil {
		return nil
	}
	if err := root.Symlink("/tmp/"+sessionKey, name); err != nil {
		return fmt.Errorf("cannot lead %s into /tmp: %w", name, err)
	}
	p.Log.Line("%s leads into /tmp: FastHTML makes a key for sessions there whenever it starts, unless it is given secret_key", name)
	return nil
}

// startsIn is the folder that the app is started in, below its own; empty where nothing of it is there.
func (p *python) startsIn() string {
	line, _, found := strings.Cut(p.begin.Line, " && ")
	dir := "."
	if cd, ok := strings.CutPrefix(line, "cd "); ok && found {
		dir = strings.Trim(cd, "'")
	}
	if !language.Exists(p.Dir + "/" + dir) {
		return ""
	}
	return dir
}
