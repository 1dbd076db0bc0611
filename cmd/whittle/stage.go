package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/internal/stage"
)

// writeFile writes a file, which appears under its name when it is complete: a half of it in the place of an older one
// would be worse than none.
func writeFile(name string, fill func(io.Writer) error) error {
	if strings.HasSuffix(name, "/") {
		return about(givenOutput, fmt.Errorf("cannot write %s: %w", name, errors.New("a name that ends with a slash is a directory's")))
	}
	s, err := stage.NewFile(filepath.Dir(name))
	if err != nil {
		return about(givenOutput, fmt.Errorf("cannot write %s: %w", name, err))
	}
	defer s.Discard()
	if err := fill(s); err != nil {
		return err
	}
	if err := s.Place(filepath.Base(name)); err != nil {
		return about(givenOutput, fmt.Errorf("cannot write %s: %w", name, err))
	}
	return nil
}

// writeBytes writes a file of a few bytes.
func writeBytes(name string, data []byte) error {
	return writeFile(name, func(w io.Writer) error {
		if _, err := bytes.NewReader(data).WriteTo(w); err != nil {
			return fmt.Errorf("cannot write %s: %w", name, err)
		}
		return nil
	})
}
