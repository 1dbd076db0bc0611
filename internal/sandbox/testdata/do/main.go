// Do does in a sandbox what its arguments say, and says "refused" of what it is not let do.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func main() {
	if err := do(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}

func do(what string, args []string) error {
	switch what {
	case "upper":
		text, err := io.ReadAll(os.Stdin)
		fmt.Print(string(bytes.ToUpper(text)))
		return err
	case "env":
		for _, v := range os.Environ() {
			fmt.Println(v)
		}
		return nil
	case "write":
		return os.WriteFile(args[0], nil, 0o644)
	case "read":
		_, err := os.ReadFile(args[0])
		return err
	case "dial":
		if _, err := net.Dial("tcp", "127.0.0.1:1"); errors.Is(err, syscall.ENETUNREACH) {
			return err
		}
		return nil // an address was reached, whoever listens there
	case "mount":
		return syscall.Mount("tmpfs", "/tmp", "tmpfs", 0, "")
	case "chown":
		return os.Chown(args[0], 1, 1)
	case "mknod":
		return syscall.Mknod(args[0], syscall.S_IFBLK|0o666, 8<<8)
	case "sleep":
		time.Sleep(time.Minute)
		return nil
	case "leave":
		return exec.Command("/do", "sleep").Start()
	case "fill":
		return os.WriteFile(args[0], make([]byte, 2<<20), 0o644)
	case "eat":
		all := make([]byte, 5<<30)
		all[len(all)-1] = 1
		return nil
	}
	return fmt.Errorf("%s is not known", what)
}
