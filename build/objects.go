package build

import (
	"fmt"
	"maps"
	"os"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
)

// findObjects lists the ELF files below directories that stand at the same paths in the image. Links are not followed:
// what they lead to is either below the same roots or cut by whittle.
func findObjects(roots []string) ([]slicer.Object, error) {
	var objects []slicer.Object
	for _, root := range roots {
		found, err := slicer.FindObjects(os.DirFS(root), root)
		if err != nil {
			return nil, fmt.Errorf("cannot list the files of %s: %w", root, err)
		}
		objects = append(objects, found...)
	}
	return objects, nil
}

// findLinks lists the symbolic links below the same directories.
func findLinks(roots []string) (map[string]string, error) {
	links := map[string]string{}
	for _, root := range roots {
		found, err := slicer.FindLinks(os.DirFS(root), root)
		if err != nil {
			return nil, fmt.Errorf("cannot list the links of %s: %w", root, err)
		}
		maps.Copy(links, found)
	}
	return links, nil
}

// findScripts lists the scripts below the same directories that may open libraries by name.
func findScripts(roots []string) ([]slicer.Object, error) {
	var scripts []slicer.Object
	for _, root := range roots {
		found, err := slicer.FindScripts(os.DirFS(root), root)
		if err != nil {
			return nil, fmt.Errorf("cannot list the scripts of %s: %w", root, err)
		}
		scripts = append(scripts, found...)
	}
	return scripts, nil
}

// firstDynamic returns the first object that a dynamic loader starts or loads. What cannot be read is passed over: the
// closure reads it again, and names what is wrong.
func firstDynamic(objects []slicer.Object) (string, bool) {
	for _, o := range objects {
		r, err := o.Open()
		if err != nil {
			continue
		}
		object, err := packages.ReadELF(r)
		_ = r.Close() // it was only read
		if err == nil && object != nil && (object.Interp != "" || len(object.Needed) > 0) {
			return o.Path, true
		}
	}
	return "", false
}
