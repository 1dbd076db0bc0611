package detect

import (
	"io/fs"

	"github.com/BurntSushi/toml"
)

// orderFile is where a builder has the groups of buildpacks that it tries (Platform specification, order.toml).
const orderFile = "order.toml"

// alwaysBehind tells whether an order has a buildpack in some group, and in each of them behind another one: it is then
// there to complete what others build. A build phase is told who came before it; the detect phase only has this file, which the
// specification gives to platforms and which may be absent.
func alwaysBehind(dir fs.FS, id string) bool {
	var file struct {
		Order []struct {
			Group []struct {
				ID string `toml:"id"`
			} `toml:"group"`
		} `toml:"order"`
	}
	if _, err := toml.DecodeFS(dir, orderFile, &file); err != nil {
		return false
	}
	behind := false
	for _, o := range file.Order {
		for i, member := range o.Group {
			if member.ID != id {
				continue
			}
			if i == 0 {
				return false
			}
			behind = true
		}
	}
	return behind
}
