package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// hostile writes inputs into a directory.
type hostile struct {
	t   *testing.T
	dir string
}

func (h hostile) must(err error) {
	if err != nil {
		h.t.Helper()
		h.t.Fatal(err)
	}
}

// root writes the tar of a root, compressed.
func (h hostile) root(add func(*tar.Writer)) string {
	at := filepath.Join(h.dir, "root.tar")
	h.must(os.WriteFile(at, h.packed(add), 0o600))
	return at
}

// packed is a tar, compressed.
func (h hostile) packed(add func(*tar.Writer)) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	h.must(err)
	w := tar.NewWriter(z)
	add(w)
	h.must(errors.Join(w.Close(), z.Close()))
	return b.Bytes()
}

func (h hostile) file(w *tar.Writer, name string, body []byte) {
	h.must(w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(body)), Typeflag: tar.TypeReg}))
	_, err := w.Write(body)
	h.must(err)
}

func (h hostile) link(w *tar.Writer, name, to string) {
	h.must(w.WriteHeader(&tar.Header{Name: name, Linkname: to, Typeflag: tar.TypeSymlink}))
}

// blob adds a blob to a layout, and describes it.
func (h hostile) blob(media string, body []byte) map[string]any {
	sum := sha256.Sum256(body)
	name := hex.EncodeToString(sum[:])
	blobs := filepath.Join(h.dir, "blobs/sha256")
	h.must(errors.Join(os.MkdirAll(blobs, 0o755), os.WriteFile(filepath.Join(blobs, name), body, 0o600)))
	return map[string]any{"mediaType": media, "size": len(body), "digest": "sha256:" + name}
}

func (h hostile) json(v any) []byte {
	text, err := json.Marshal(v)
	h.must(err)
	return text
}

const (
	mediaIndex    = "application/vnd.oci.image.index.v1+json"
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig   = "application/vnd.oci.image.config.v1+json"
	mediaLayer    = "application/vnd.oci.image.layer.v1.tar"
)

// layout writes a layout of one image, whose layers are unpacked or have the media type that is named.
func (h hostile) layout(config map[string]any, media string, layers ...[]byte) string {
	var diffs []string
	var all []any
	for _, l := range layers {
		plain := l
		if media == mediaLayer+"+zstd" {
			r, err := zstd.NewReader(bytes.NewReader(l))
			h.must(err)
			plain, err = io.ReadAll(r)
			h.must(err)
			r.Close()
		}
		if media == mediaLayer+"+gzip" {
			r, err := gzip.NewReader(bytes.NewReader(l))
			h.must(err)
			plain, err = io.ReadAll(r)
			h.must(err)
		}
		sum := sha256.Sum256(plain)
		diffs = append(diffs, "sha256:"+hex.EncodeToString(sum[:]))
		all = append(all, h.blob(media, l))
	}
	whole := map[string]any{"os": "linux", "architecture": "amd64", "rootfs": map[string]any{"type": "layers", "diff_ids": diffs}}
	for key, value := range config {
		whole[key] = value
	}
	manifest := h.json(map[string]any{"schemaVersion": 2, "mediaType": mediaManifest, "config": h.blob(mediaConfig, h.json(whole)), "layers": all})
	return h.index(h.blob(mediaManifest, manifest))
}

// index makes an index the layout's own.
func (h hostile) index(manifests ...any) string {
	h.must(errors.Join(
		os.WriteFile(filepath.Join(h.dir, "index.json"), h.json(map[string]any{"schemaVersion": 2, "mediaType": mediaIndex, "manifests": manifests}), 0o600),
		os.WriteFile(filepath.Join(h.dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o600),
	))
	return "oci:" + h.dir
}

// elfWith is an ELF file with so many dynamic symbols and so many bytes of strings, most of which are zeros. Names are the ends of one text.
func elfWith(symbols, stringBytes int) []byte {
	const header, program = 64, 56
	at := uint64(header + 2*program)
	texts := make([]byte, max(stringBytes, 2))
	for i := 1; i < min(len(texts), symbols+symbols/100+2); i++ {
		if i%100 != 0 {
			texts[i] = 'a' + byte(i/100%26)
		}
	}
	table := make([]byte, 24*symbols)
	for i := 1; i < symbols; i++ {
		row := table[24*i:]
		binary.LittleEndian.PutUint32(row, uint32(i+i/99))
		row[4] = 1 << 4 // global
		if i%2 == 0 {
			binary.LittleEndian.PutUint16(row[6:], 1)
			binary.LittleEndian.PutUint64(row[8:], 1)
		}
	}
	hash := make([]byte, 8)
	binary.LittleEndian.PutUint32(hash[4:], uint32(symbols))
	var dynamic []byte
	entry := func(tag, value uint64) {
		dynamic = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dynamic, tag), value)
	}
	tables := at + 16*6
	entry(5, tables+8)                    // DT_STRTAB
	entry(10, uint64(len(texts)))         // DT_STRSZ
	entry(4, tables)                      // DT_HASH
	entry(6, tables+8+uint64(len(texts))) // DT_SYMTAB
	entry(11, 24)                         // DT_SYMENT
	entry(0, 0)
	body := slices.Concat(make([]byte, at), dynamic, hash, texts, table)
	copy(body, "\x7fELF\x02\x01\x01")
	le := binary.LittleEndian
	le.PutUint16(body[16:], 3)  // ET_DYN
	le.PutUint16(body[18:], 62) // x86-64
	le.PutUint32(body[20:], 1)
	le.PutUint64(body[32:], header)
	le.PutUint16(body[52:], header)
	le.PutUint16(body[54:], program)
	le.PutUint16(body[56:], 2)
	segment := func(to []byte, kind uint32, offset, size uint64) {
		le.PutUint32(to, kind)
		le.PutUint64(to[8:], offset)
		le.PutUint64(to[16:], offset)
		le.PutUint64(to[32:], size)
	}
	segment(body[header:], 1, 0, uint64(len(body)))
	segment(body[header+program:], 2, at, uint64(len(dynamic)))
	return body
}

// processes is a config of so many processes.
func (h hostile) processes(n int) map[string]any {
	var all []map[string]any
	for i := range n {
		all = append(all, map[string]any{"type": fmt.Sprint("process", i), "command": []string{fmt.Sprint("program", i)}, "buildpackID": "x/y"})
	}
	label := string(h.json(map[string]any{"processes": all}))
	return map[string]any{"config": map[string]any{"Labels": map[string]string{"io.buildpacks.build.metadata": label}}}
}

func noise(n int) []byte {
	b, x := make([]byte, n), uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x)
	}
	return b
}

func (h hostile) gzipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	h.must(errors.Join(err, z.Close()))
	return b.Bytes()
}

// zip is an archive of one file.
func (h hostile) zip(name string, body []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	h.must(err)
	_, err = f.Write(body)
	h.must(errors.Join(err, z.Close()))
	return b.Bytes()
}

// jarOf is an archive of so many files without bytes.
func (h hostile) jarOf(n int) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n {
		_, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%x", i), Method: zip.Store})
		h.must(err)
	}
	h.must(z.Close())
	return b.Bytes()
}

// loaderCacheOf is a loader's cache of so many entries, whose names are the ends of one text.
func loaderCacheOf(n int) []byte {
	const header, entry = 48, 24
	b := make([]byte, header+entry*n)
	copy(b, "glibc-ld.so.cache1.1")
	binary.LittleEndian.PutUint32(b[20:], uint32(n))
	texts := uint32(len(b))
	for i := range n {
		row := b[header+entry*i:]
		binary.LittleEndian.PutUint32(row[4:], texts+uint32(i))
		binary.LittleEndian.PutUint32(row[8:], texts+uint32(i))
	}
	text := bytes.Repeat([]byte("a"), n+1)
	for i := 0; i < len(text); i += 60 {
		copy(text[i:], fmt.Sprintf("%x\x00", i))
	}
	text[n] = 0
	return append(b, text...)
}
