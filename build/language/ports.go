package language

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PortNotes tells of ports in a server's configuration, as its directive names them, that the platform does not choose, or that it
// may refuse.
func PortNotes(server, directive string, ports []string) []string {
	var notes []string
	if !slices.ContainsFunc(ports, func(port string) bool { return strings.Contains(port, "${PORT") }) && len(ports) > 0 {
		notes = append(notes, fmt.Sprintf("%s listens on %s, whatever PORT says: write %s ${PORT} where the platform chooses", server, List(ports), directive))
	}
	if low := slices.IndexFunc(ports, isLow); low >= 0 {
		notes = append(notes, fmt.Sprintf("port %s is below 1024, which some platforms give to root alone", ports[low]))
	}
	return notes
}

// isLow tells whether an address to listen on has a port that Unix keeps for root: 80 where it says none.
func isLow(listen string) bool {
	if strings.HasPrefix(listen, "unix:") || strings.Contains(listen, "$") {
		return false
	}
	port, err := strconv.Atoi(listen[strings.LastIndex(listen, ":")+1:])
	return err != nil || port < 1024
}
