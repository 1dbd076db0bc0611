package slicer_test

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/zstd"

	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/manifest"
)

// FuzzReadManifest reads anything as a manifest: it is refused, or can be asked, compared and written again.
func FuzzReadManifest(f *testing.F) {
	f.Add([]byte(`{"schema":"whittle.manifest/1","arch":"amd64","packages":[{"name":"a","version":"1"}],"slices":null,"files":[{"layer":"l","path":"p","kind":"file","mode":"0644","why":[{"kind":"needed","by":"/p"}]}],"edges":[]}`))
	f.Add([]byte(`{"schema":"whittle.manifest/2"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := m.Encode(&first); err != nil {
			t.Fatal(err)
		}
		again, err := manifest.Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if err := again.Encode(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("written twice, it differs: %v", err)
		}
		for _, file := range m.Files {
			_, _ = manifest.Explain(m, "/"+file.Path) // whatever the reasons say, there is an end to them
		}
		if !manifest.Compare(m, m).Empty() {
			t.Error("a manifest differs from itself")
		}
		if err := m.EncodeWall(&second); err != nil {
			t.Errorf("it cannot be written as a wall: %v", err)
		}
	})
}

// FuzzReadLock reads anything as a lock: what is read is written so that it is read again.
func FuzzReadLock(f *testing.F) {
	f.Add([]byte(`{"schema":"whittle.lock/1","cuts":[{"arch":"amd64","names":["a"],"packages":[{"name":"a","version":"1","arch":"amd64","origin":"x"}],"layers":[],"files":[]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := lock.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := l.Encode(&first); err != nil {
			t.Fatal(err)
		}
		again, err := lock.Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, first.Bytes())
		}
		if err := again.Encode(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("written twice, it differs: %v", err)
		}
	})
}

// FuzzReadWall reads anything, packed with zstd, as a wall.
func FuzzReadWall(f *testing.F) {
	f.Add([]byte("{\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":3}\n{\"kind\":\"path\",\"path\":\"/a/\",\"mode\":\"0755\",\"slices\":[\"a_b\"]}\n{\"kind\":\"slice\",\"name\":\"a_b\"}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		m, err := manifest.ReadWall(bytes.NewReader(w.EncodeAll(data, nil)))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := m.EncodeWall(&out); err != nil {
			t.Fatal(err)
		}
		if _, err := manifest.ReadWall(&out); err != nil {
			t.Errorf("what was written is not read: %v", err)
		}
	})
}
