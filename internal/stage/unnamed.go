package stage

import (
	"errors"
	"os"
)

// Unnamed makes a file without a name in a directory, empty for that of temporary files. It goes away when it is closed and with the
// process, however that ends.
func Unnamed(in string) (*os.File, error) {
	f, err := os.CreateTemp(in, "whittle-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
