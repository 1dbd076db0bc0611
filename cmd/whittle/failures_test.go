package main

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// child is whittle as a process of its own, as the scripts start it. The shell command, if there is one, is run before
// it in the same process, which it ends by running "$@".
func (u *user) child(ctx context.Context, shell string, args ...string) *exec.Cmd {
	u.t.Helper()
	self, err := os.Executable()
	if err != nil {
		u.t.Fatal(err)
	}
	program := filepath.Join(u.t.TempDir(), "whittle") // by this name the test program is whittle
	if err := os.Symlink(self, program); err != nil {
		u.t.Fatal(err)
	}
	argv := append([]string{program}, args...)
	if shell != "" {
		argv = append([]string{"/bin/sh", "-c", shell, "sh"}, argv...)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+u.dir)
	for name, value := range u.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// runs runs a child to its end, and returns its exit code and what it said.
func (u *user) runs(cmd *exec.Cmd) (int, string) {
	u.t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		u.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

// cutOf is the command line of the cut that these tests make, without its target.
func cutOf(sources string) []string {
	return []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "shop"}
}

// newShop is a user with an archive, and the tar that the cut of it makes.
func newShop(t *testing.T) (u *user, sources string, want []byte) {
	t.Helper()
	u = newUser(t)
	a := shop(t, testKey())
	if err := a.WriteTo(u.path("archive")); err != nil {
		t.Fatal(err)
	}
	sources = u.write("test.sources", a.Sources("file://"+u.path("archive")))
	u.env["WHITTLE_CACHE"] = u.path("reference")
	u.does(append(cutOf(sources), "--output", u.path("reference.tar"))...)
	want, err := os.ReadFile(u.path("reference.tar"))
	if err != nil {
		t.Fatal(err)
	}
	u.env["WHITTLE_CACHE"] = u.path("cache")
	return u, sources, want
}

// wants compares a tar with the one that an undisturbed cut made.
func (u *user) wants(name string, want []byte) {
	u.t.Helper()
	got, err := os.ReadFile(u.path(name))
	if err != nil || !bytes.Equal(got, want) {
		u.t.Errorf("%s is not what an undisturbed cut makes: %v", name, err)
	}
}

// TestFilesMayNotGrow lets no file become larger than a limit, for which the kernel's answer is that of a full disk but
// for its name. The limit grows until the cut succeeds: so writing breaks off in the cache's index, in packages, in the
// unpacked files, in the root and in the tar.
func TestFilesMayNotGrow(t *testing.T) {
	u, sources, want := newShop(t)
	standing := standing(t, "etc/host", "usr/bin/shop")
	before := listed(t, standing)
	for _, target := range [][]string{{"--output", u.path("x.tar")}, {"--output", "oci:" + u.path("layout")}, {"--root", u.path("out")}, {"--root", standing}} {
		u.env["WHITTLE_CACHE"] = u.path("cache of " + filepath.Base(target[1]))
		failed := 0
		for blocks := 0; ; blocks = max(blocks*3/2, blocks+1) {
			shell := "ulimit -f " + strconv.Itoa(blocks) + `; exec "$@"`
			code, said := u.runs(u.child(t.Context(), shell, append(cutOf(sources), target...)...))
			if code == exitOK {
				break
			}
			failed++
			if code != exitError || !strings.Contains(said, "whittle: cannot") || !strings.Contains(said, "file too large") {
				t.Fatalf("files of %d blocks: exit code %d\n%s", blocks, code, said)
			}
			if diff := cmp.Diff(before, listed(t, standing)); diff != "" {
				t.Errorf("files of %d blocks: the directory was changed: -before +after\n%s", blocks, diff)
			}
			at := strings.TrimPrefix(target[1], "oci:")
			if _, err := os.Lstat(at); err == nil && at != standing {
				t.Errorf("files of %d blocks: %s is there", blocks, at)
			}
		}
		if failed < 4 {
			t.Errorf("%s: the cut failed %d times only", target, failed)
		}
	}
	u.wants("x.tar", want)
	if a, b := listed(t, standing), listed(t, u.path("out")); len(a) != len(b)+1 { // etc/host
		t.Errorf("-into a directory +new:\n%s", cmp.Diff(a, b))
	}
}

// inNamespace makes the child run in a mount namespace of its own, with a user namespace where that is needed.
func inNamespace(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
	}
	return cmd
}

// mayMount tells whether a file system can be mounted here. TestFilesMayNotGrow and TestCacheThatCannotBeWritten need
// none, and run everywhere.
func mayMount(t *testing.T) bool {
	t.Helper()
	cmd := inNamespace(exec.CommandContext(t.Context(), "/bin/sh", "-c", `mount -t tmpfs -o size=64k none "$0"`, t.TempDir()))
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("no file system can be mounted here (%v: %s)", err, said)
	}
	return err == nil
}

// TestDiskFull has the cache, the root, the directory of the tar on a disk that is too small, and larger from run to
// run. After a failure the disk is looked at: nothing of the target is on it.
func TestDiskFull(t *testing.T) {
	if !mayMount(t) {
		return
	}
	u, sources, want := newShop(t)
	disk := u.path("disk")
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	// What a run leaves, and the result, must be seen before the mount is gone.
	const shell = `mount -t tmpfs -o size=$SIZE none "$DISK" || exit 99
mkdir "$DISK/standing" && echo precious > "$DISK/standing/file"
"$@"; code=$?
echo "left: $(cd "$DISK" && find standing out x.tar -type f 2>/dev/null | sort | tr '\n' ' ')"
if [ $code = 0 ] && [ -f "$DISK/x.tar" ]; then cp "$DISK/x.tar" "$RESULT"; fi
exit $code`
	for name, c := range map[string]struct {
		cache  string
		target []string
	}{
		"cache":    {disk + "/cache", []string{"--output", u.path("cached.tar")}},
		"tar":      {u.path("cache"), []string{"--output", disk + "/x.tar"}},
		"root":     {u.path("cache"), []string{"--root", disk + "/out"}},
		"standing": {u.path("cache"), []string{"--root", disk + "/standing"}},
	} {
		t.Run(name, func(t *testing.T) {
			failed, size := 0, 8
			for ; ; size += 8 {
				u.env = map[string]string{"WHITTLE_CACHE": c.cache, "SIZE": strconv.Itoa(size) + "k", "DISK": disk, "RESULT": u.path(name + ".result")}
				code, said := u.runs(inNamespace(u.child(t.Context(), shell, append(cutOf(sources), c.target...)...)))
				if code == exitOK {
					break
				}
				failed++
				if code != exitError || !strings.Contains(said, "whittle: cannot") || !strings.Contains(said, "no space left on device") {
					t.Fatalf("a disk of %d kB: exit code %d\n%s", size, code, said)
				}
				if !strings.HasSuffix(strings.TrimSpace(said), "left: standing/file") {
					t.Errorf("a disk of %d kB: something is left\n%s", size, said)
				}
			}
			if failed == 0 || size > 1<<20 {
				t.Errorf("it failed %d times, and needs %d kB", failed, size)
			}
		})
	}
	u.wants("cached.tar", want)
	u.wants("tar.result", want)
}

// TestCacheThatCannotBeWritten has a file where the cache's directories should be; a warm one will do.
func TestCacheThatCannotBeWritten(t *testing.T) {
	u, sources, want := newShop(t)
	u.env["WHITTLE_CACHE"] = u.write("file", "")
	u.fails([]string{"cannot create the cache", u.path("file")}, append(cutOf(sources), "--root", u.path("out"))...)
	if _, err := os.Lstat(u.path("out")); err == nil {
		t.Error("the root is there")
	}
	if !mayMount(t) {
		return
	}
	const shell = `mount --bind "$DIR" "$DIR" && mount -o remount,ro,bind "$DIR" || exit 99
exec "$@"`
	for _, c := range []struct{ dir, want string }{{"cold", "read-only file system"}, {"reference", ""}} {
		if err := os.MkdirAll(u.path(c.dir), 0o777); err != nil {
			t.Fatal(err)
		}
		u.env = map[string]string{"WHITTLE_CACHE": u.path(c.dir), "DIR": u.path(c.dir)}
		code, said := u.runs(inNamespace(u.child(t.Context(), shell, append(cutOf(sources), "--output", u.path(c.dir+".tar"))...)))
		switch {
		case c.want == "" && code != exitOK, c.want != "" && (code != exitError || !strings.Contains(said, c.want) || !strings.Contains(said, u.path(c.dir))):
			t.Errorf("%s: exit code %d\n%s", c.dir, code, said)
		case c.want == "":
			u.wants(c.dir+".tar", want)
		}
	}
}

// TestKilledAtAnyMoment kills cuts at moments that a seed says, within the time that one takes, and looks for halves each
// time. The runs after one another share a cache that grows; the last ones are left alone.
func TestKilledAtAnyMoment(t *testing.T) {
	u, sources, want := newShop(t)
	u.does(append(cutOf(sources), "--root", u.path("reference.root"))...)
	u.does(append(cutOf(sources), "--output", "oci:"+u.path("reference.layout"))...)
	whole, layout := listed(t, u.path("reference.root")), listed(t, u.path("reference.layout"))
	standing := standing(t, "etc/host")
	u.env["WHITTLE_CACHE"] = u.path("measured")
	start := time.Now()
	if code, said := u.runs(u.child(t.Context(), "", append(cutOf(sources), "--output", u.path("measured.tar"))...)); code != exitOK {
		t.Fatal(said)
	}
	lasts := time.Since(start)
	moments := rand.New(rand.NewPCG(1, 2))
	killed := 0
	for i := range 40 {
		if i%8 == 0 {
			u.env["WHITTLE_CACHE"] = u.path("cache" + strconv.Itoa(i))
		}
		target := [][]string{{"--root", u.path("out")}, {"--output", u.path("x.tar")}, {"--root", standing}, {"--output", "oci:" + u.path("layout")}}[i%4]
		cmd := u.child(t.Context(), "", append(cutOf(sources), target...)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(moments.Int64N(int64(lasts))))
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err != nil {
			killed++
		}
		if _, err := os.Lstat(u.path("out")); err == nil {
			if diff := cmp.Diff(whole, listed(t, u.path("out"))); diff != "" {
				t.Errorf("run %d: half a root is there: -whole +this\n%s", i, diff)
			}
		}
		if _, err := os.Lstat(u.path("x.tar")); err == nil {
			u.wants("x.tar", want)
		}
		if _, err := os.Lstat(u.path("layout")); err == nil { // it stays, and is replaced by the next one
			if diff := cmp.Diff(layout, listed(t, u.path("layout"))); diff != "" {
				t.Errorf("run %d: half a layout is there: -whole +this\n%s", i, diff)
			}
		}
		if err := errors.Join(os.RemoveAll(u.path("out")), os.RemoveAll(u.path("x.tar"))); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of 40 runs were killed", killed)
	u.does(append(cutOf(sources), "--root", u.path("out"))...)
	u.does(append(cutOf(sources), "--root", standing)...)
	u.does(append(cutOf(sources), "--output", u.path("x.tar"))...)
	u.wants("x.tar", want)
	if err := os.Remove(filepath.Join(standing, "etc/host")); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{u.path("out"), standing} {
		if diff := cmp.Diff(whole, listed(t, dir)); diff != "" {
			t.Errorf("%s: -whole +this\n%s", dir, diff)
		}
	}
	for _, dir := range []string{u.dir, standing} {
		if left, _ := filepath.Glob(filepath.Join(dir, ".whittle-*")); len(left) > 0 {
			t.Errorf("%s is left", left)
		}
	}
}

// TestProcessesShareAColdCache cuts at the same time with one cache that is empty.
func TestProcessesShareAColdCache(t *testing.T) {
	u, sources, want := newShop(t)
	var group sync.WaitGroup
	for i := range 4 {
		cmd := u.child(t.Context(), "", append(cutOf(sources), "--output", u.path(strconv.Itoa(i)+".tar"))...)
		group.Go(func() {
			if code, said := u.runs(cmd); code != exitOK {
				t.Errorf("exit code %d\n%s", code, said)
			}
		})
	}
	group.Wait()
	for i := range 4 {
		u.wants(strconv.Itoa(i)+".tar", want)
	}
	u.does(append(cutOf(sources), "--offline", "--output", u.path("offline.tar"))...)
	u.wants("offline.tar", want)
}

// TestMountsInADirectoryThatExists cuts into a directory that has another file system below it. It may stand where the cut
// has no files; where it has some they cannot be moved there, which is seen before anything is changed.
func TestMountsInADirectoryThatExists(t *testing.T) {
	if !mayMount(t) {
		return
	}
	u, sources, _ := newShop(t)
	for mount, want := range map[string]string{"tmp": "", "usr/share": "/usr/share/doc is on another file system than the directory itself"} {
		dir := standing(t, "etc/host", mount+"/")
		u.env = map[string]string{"WHITTLE_CACHE": u.path("reference"), "MOUNT": filepath.Join(dir, mount), "ROOT": dir}
		const shell = `mount -t tmpfs -o size=1m none "$MOUNT" && "$@"; code=$?; find "$ROOT" -name shop -type f; exit $code`
		code, said := u.runs(inNamespace(u.child(t.Context(), shell, append(cutOf(sources), "--root", dir)...)))
		switch {
		case want == "" && (code != exitOK || !strings.Contains(said, "usr/bin/shop\n")):
			t.Errorf("%s: exit code %d\n%s", mount, code, said)
		case want != "" && (code != exitError || !strings.Contains(said, want) || strings.Contains(said, "usr/bin/shop\n")):
			t.Errorf("%s: exit code %d\n%s", mount, code, said)
		}
	}
}

// TestPipesThatNobodyWritesTo has a signal end whatever reads a file that is a pipe.
func TestPipesThatNobodyWritesTo(t *testing.T) {
	u := newUser(t)
	pipe := u.path("pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"cut", "--lock", pipe, "--root", u.path("out")},
		{"cut", "--sources", pipe, "--root", u.path("out"), "shop"},
		{"cut", "--floor", pipe, "--root", u.path("out"), "shop"},
		{"cut", "--bundle", pipe, "--root", u.path("out"), "shop"},
		{"diff", pipe, pipe},
	} {
		t.Run(args[0]+strings.TrimSuffix(" "+args[1], " "+pipe), func(t *testing.T) {
			t.Parallel()
			cmd := u.child(t.Context(), "", args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond) // it need not wait at the pipe yet
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			select {
			case err := <-ended:
				if err == nil {
					t.Error("it succeeds")
				}
			case <-time.After(5 * patience):
				t.Error("it does not end")
				_ = cmd.Process.Kill()
			}
		})
	}
}
