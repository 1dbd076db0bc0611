package deb

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/mikelolasagasti/xz"

	"whittle.dev/whittle/slicer/slicertest"
)

// numbersXZ is what `xz -6 -T2` makes of numbers(): a block whose header has both sizes, as those of Debian's packages have, and asks for
// a window of 8 MiB. The second half refers to the first.
const numbersXZ = `
/Td6WFoAAATm1rRGA8D/BexjIQEWAAAAgjvx7OAx6wL3XQAYAoJotdlLszccthIXIr4vim5CaiGQkEI2vjlQHkbbs/DHZADXnvFGPiRjIGt7tBhdAlWSMfSS
lDFmPgT7J+LALdaZXiYq7lIPNrOx2kpc1U2N88fS1djBFBWFyzI0ASH6ovAzhS1CLXJTmpi4nnRtpC3TRYuQ8wAvW+j6ggikvRjS/lKHZ+CcPLPCMBl8cvrX
rad9Uq7NMYBfd+8QzW/kk8JRJlJ405V6+Pv8HBJPNJHzwlP9vDd4Yr3uZgTMEYxmA+ewUS1ejvZAs2u+fo15E17Rs5om6DlbEVhHX5eOnW7wjFSBLoXX8G84
h3BF+manMjxkh/uWccwAjJ/BxC5cQCvFgDR6lfxEvIuH4SCPpdfBeSL5o9eD1M1wXnhuHwSNSkSZiluLYCqOQrbRRMLP2QMQOjG+khDJ2tQ+qI7OmCFd7Shi
lM5SHPFEkRabSLuJzTgfU4FZjBspRAZrQKeXqN3xnlDP1hUshoLdzzsWUxnBRf91iNi1svqgabnR2HtY1RtOgfpLp7uij6zbwg+63ICdUpDsB1cqrw7RX904
/Hsmdw5tslQN9A81n4pKmaGlsEvDWGj4GkrmpdHaIEdlmzeMcTT8hNFE09usTeIY84Z+PF3Nbn4EHCUT8BdxswxPpDto2aLdpeeNzQG8wArvn0LC5xYqYGcQ
kCHM6YCIMWZndm0dp7MfsnL/WXg5lfWSRAdLqhIQj1tbg/SyTDPmJnNK6hZARfdipyWB5j/+qUQFaCrKjZ3vd7xa8UTFnwh6m2f5Aj50tyz3MSmFea9vdMVO
/dkhA3gZNa7wGH3veTIQBadT2Hcs4gKZNz+aj1L8ha/zqXim3J00vNPJbV8wwS4PxNdmXooR+us1iFw4vwzOhgoJl0jMcEX9g4LFLkSIzv9djFTTO1K6L1OM
2Ir+ezSo1BHR6fCqn+MG0HWP3yk08XjCvu2/7nvcLV8JxV7honHvHP0FP6zVRs75yO+dVOPGoI+jl8LPJdiZFxZhLmWNARIRAAAAAHH9Zye1qrNNAAGXBuxj
AAB/jE6ascRn+wIAAAAABFla
`

func numbers() string {
	var text strings.Builder
	for i := range 1500 {
		fmt.Fprintln(&text, i)
	}
	return text.String() + text.String()
}

func packedNumbers(t *testing.T) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(numbersXZ, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// unpacked is what a decoder with so large a window at most makes of a stream.
func unpacked(from io.Reader, window uint32) (string, error) {
	r, err := xz.NewReader(from, window)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}

func lowered(data []byte) io.Reader { return lowerWindow(bufio.NewReader(bytes.NewReader(data))) }

// TestWindowIsNoLargerThanWhatIsUnpacked: two windows of 8 MiB were most of the memory of a small cut.
func TestWindowIsNoLargerThanWhatIsUnpacked(t *testing.T) {
	data, want := packedNumbers(t), numbers()
	const window = 16 << 10 // the text has 12,780 bytes
	if _, err := unpacked(bytes.NewReader(data), window); err == nil {
		t.Fatal("the stream asks for no large window, so this test shows nothing")
	}
	if got, err := unpacked(lowered(data), window); err != nil || got != want {
		t.Errorf("got %d bytes, %v; want %d", len(got), err, len(want))
	}
	again := append(bytes.Clone(data), data...)
	if got, err := unpacked(lowered(again), 8<<20); err != nil || got != want+want {
		t.Errorf("two streams: got %d bytes, %v", len(got), err)
	}
}

// TestLoweredDictionary holds the sizes that LZMA2 can name.
func TestLoweredDictionary(t *testing.T) {
	for _, row := range []struct {
		asked    byte // 22 is 8 MiB
		unpacked uint64
		want     byte
	}{{22, 0, 0}, {22, 4096, 0}, {22, 4097, 1}, {22, 6145, 2}, {22, 6 << 20, 21}, {22, 6<<20 + 1, 22}, {22, 1 << 62, 22}, {0, 1, 0}, {40, 1 << 20, 16}} {
		got := row.asked
		lowerDictionary(&got, row.unpacked)
		if got != row.want {
			t.Errorf("%d bytes in a window of kind %d: got %d, want %d", row.unpacked, row.asked, got, row.want)
		}
	}
}

// TestHeadersThatLieAboutSizesAreRefused: a header that claims less than there is must not make other bytes of it.
func TestHeadersThatLieAboutSizesAreRefused(t *testing.T) {
	data := packedNumbers(t)
	header := data[xzStreamHeader : xzStreamHeader+(int(data[xzStreamHeader])+1)*4]
	_, packed := binary.Uvarint(header[2:])
	size := header[2+packed:]
	for _, claim := range []uint64{128, 4096, uint64(len(numbers())) - 1, 1<<14 - 1} {
		binary.PutUvarint(size, claim) // all have two bytes
		seal(header, len(header)-crc32.Size)
		if got, err := unpacked(lowered(data), 8<<20); err == nil || !strings.HasPrefix(numbers(), got) {
			t.Errorf("a header that claims %d bytes: got %d bytes, %v", claim, len(got), err)
		}
	}
}

// TestStreamsThatCannotBeUnderstoodStay: what is wrong with them is for the decoder to say.
func TestStreamsThatCannotBeUnderstoodStay(t *testing.T) {
	data := packedNumbers(t)
	changed := bytes.Clone(data)
	changed[xzStreamHeader+3] ^= 1
	streams := [][]byte{changed, slicertest.Compress("xz", []byte("a header without sizes")), slicertest.Compress("xz", nil), []byte("no stream at all, but one of some length")}
	for n := range data {
		streams = append(streams, data[:n])
	}
	for _, data := range streams {
		want, wantErr := unpacked(bytes.NewReader(data), 8<<20)
		got, err := unpacked(lowered(data), 8<<20)
		if got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%d bytes: got %d bytes, %v; want %d, %v", len(data), len(got), err, len(want), wantErr)
		}
	}
}
