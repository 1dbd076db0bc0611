package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"whittle.dev/whittle/build/command"
)

// group is several programs that run at the same time, such as a web server and what it asks: the whole of them lives and
// ends as one program would.
//
// A signal that asks to end ends them one after another, the last one first, each by its own signal; a second such signal
// goes to all at once. Where one ends by itself, the others are ended. Other signals go to all. As the first process of
// a container it also takes leave of processes that lost their parents.
type group struct {
	members []command.Member
	running map[int]int  // the place of a member by its process ID
	asked   map[int]bool // the members that were asked to end, by their place
	ending  bool         // all are to end
	status  int          // of the whole
	exits   chan exit    // of any child
	signals chan os.Signal
}

type exit struct{ pid, status int }

// cannot is the status of a line whose program cannot run.
const cannot = 126

// together runs the programs, and returns when all have ended. The status is that of the one that ended first by itself, or else
// of the one that ended worst.
func (r *runner) together(args []string, files [3]*os.File) (int, error) {
	members, err := command.Together(args)
	if err != nil {
		return 2, &ended{2, err}
	}
	g := &group{members: members, running: map[int]int{}, asked: map[int]bool{}, exits: make(chan exit, 16), signals: r.signals}
	for i := range members {
		if err := g.start(i, files); err != nil {
			g.end(cannot)
			g.wait()
			return cannot, &ended{cannot, err}
		}
		if g.ending {
			break
		}
		if i == 0 {
			go g.reap()
		}
	}
	g.wait()
	return g.status, &ended{g.status, nil}
}

// start starts a member, once the socket that it needs is there.
func (g *group) start(i int, files [3]*os.File) error {
	m := g.members[i]
	name := m.Argv[0]
	if m.Dir != "" && strings.Contains(name, "/") && !filepath.IsAbs(name) {
		name = filepath.Join(m.Dir, name)
	}
	program, err := lookPath(name)
	if err != nil {
		return err
	}
	if program, err = filepath.Abs(program); err != nil { // before the folder is another one
		return cannotRun(m.Argv[0], err)
	}
	if m.Socket != "" && !g.ready(m.Socket) {
		return nil
	}
	p, err := os.StartProcess(program, m.Argv, &os.ProcAttr{Dir: m.Dir, Env: append(os.Environ(), m.Env...), Files: files[:]})
	if err != nil {
		return cannotRun(m.Argv[0], errors.Unwrap(err))
	}
	g.running[p.Pid] = i
	return p.Release() // its end is seen by reap
}

// ready waits until a socket accepts connections, and tells whether that is of interest still.
func (g *group) ready(socket string) bool {
	for !g.ending {
		if accepts(socket) {
			return true
		}
		select {
		case e := <-g.exits:
			g.left(e)
		case sig := <-g.signals:
			g.signal(sig)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return false
}

// accepts tells whether somebody listens at a socket.
func accepts(path string) bool {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: path})
	_ = syscall.Close(fd) // nothing was written
	return err == nil
}

// reap tells of every child that ends, until there is none.
func (g *group) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			close(g.exits)
			return
		case status.Signaled():
			g.exits <- exit{pid, 128 + int(status.Signal())}
		default:
			g.exits <- exit{pid, status.ExitStatus()}
		}
	}
}

// wait hands signals on until no member is left.
func (g *group) wait() {
	for len(g.running) > 0 {
		select {
		case e, more := <-g.exits:
			if !more {
				return
			}
			g.left(e)
		case sig := <-g.signals:
			g.signal(sig)
		}
	}
}

// left takes note of the end of a child. Those that are no members were left behind by one.
func (g *group) left(e exit) {
	i, ok := g.running[e.pid]
	if !ok {
		return
	}
	delete(g.running, e.pid)
	if !g.ending {
		_, _ = os.Stderr.WriteString("start: " + g.members[i].Argv[0] + " ended with status " + strconv.Itoa(e.status) + ", and so all does\n")
		g.status = e.status
	} else if g.status == 0 {
		g.status = e.status
	}
	g.end(g.status)
}

// signal ends the members by a signal that asks for it, and hands others on.
func (g *group) signal(sig os.Signal) {
	s, ok := sig.(syscall.Signal)
	if !ok {
		return
	}
	if s != syscall.SIGUSR1 && s != syscall.SIGUSR2 && !g.ending {
		g.end(0)
		return
	}
	for pid := range g.running {
		_ = syscall.Kill(pid, s) // it may have ended by itself
	}
}

// end asks the last member that runs to end; the one before it is asked when it has.
func (g *group) end(status int) {
	g.ending, g.status = true, status
	last, pid := -1, 0
	for p, i := range g.running {
		if i > last {
			last, pid = i, p
		}
	}
	if last >= 0 && !g.asked[last] {
		g.asked[last] = true
		_ = syscall.Kill(pid, signalNamed(g.members[last].Signal)) // it may have ended by itself
	}
}

// signalNamed is the signal of a name that command.Together lets through.
func signalNamed(name string) syscall.Signal {
	return map[string]syscall.Signal{"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT, "TERM": syscall.SIGTERM, "WINCH": syscall.SIGWINCH}[name]
}
