package shell

import (
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// operand is an argument of test(1).
type operand struct {
	text  string
	known bool
}

// test judges the arguments of "[" or test.
func (r *reader) test(args []*syntax.Word, s *scope) truth {
	var ops []operand
	for _, w := range args {
		words, known := r.expand(w, s)
		if !known {
			ops = append(ops, operand{strings.Join(words, " "), false})
			continue
		}
		for _, t := range words {
			ops = append(ops, operand{t, true})
		}
	}
	if n := len(ops); n > 0 && ops[n-1].text == "]" {
		ops = ops[:n-1]
	}
	return r.either(ops)
}

// either judges terms that -o joins, and terms within them that -a joins.
func (r *reader) either(ops []operand) truth {
	result := no
	for _, term := range splitAt(ops, "-o") {
		all := yes
		for _, factor := range splitAt(term, "-a") {
			switch r.primary(factor) {
			case no:
				all = no
			case unknown:
				if all == yes {
					all = unknown
				}
			}
		}
		switch all {
		case yes:
			return yes
		case unknown:
			result = unknown
		}
	}
	return result
}

func splitAt(ops []operand, at string) [][]operand {
	var parts [][]operand
	from := 0
	for i := 1; i < len(ops)-1; i++ { // an operator stands between operands
		if ops[i].text == at && ops[i].known {
			parts, from = append(parts, ops[from:i]), i+1
		}
	}
	return append(parts, ops[from:])
}

func (r *reader) primary(ops []operand) truth {
	if len(ops) > 1 && ops[0].text == "!" && ops[0].known {
		return r.primary(ops[1:]).not()
	}
	for _, o := range ops {
		if !o.known {
			return unknown
		}
	}
	switch len(ops) {
	case 0:
		return no
	case 1:
		return truthOf(ops[0].text != "")
	case 2:
		return r.unary(ops[0].text, ops[1].text)
	case 3:
		return compare(ops[0].text, ops[1].text, ops[2].text)
	}
	return unknown
}

func (r *reader) unary(op, arg string) truth {
	switch op {
	case "-n":
		return truthOf(arg != "")
	case "-z":
		return truthOf(arg == "")
	case "-e", "-f", "-d", "-x", "-r", "-s", "-L", "-h":
		if r.Exists == nil || !path.IsAbs(arg) {
			return unknown
		}
		is, known := r.Exists(arg)
		if !known || (is && (op == "-s" || op == "-L" || op == "-h")) {
			return unknown
		}
		return truthOf(is)
	}
	return unknown
}

func compare(a, op, b string) truth {
	switch op {
	case "=", "==":
		return truthOf(a == b)
	case "!=":
		return truthOf(a != b)
	}
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX != nil || errY != nil {
		return unknown
	}
	switch op {
	case "-eq":
		return truthOf(x == y)
	case "-ne":
		return truthOf(x != y)
	case "-lt":
		return truthOf(x < y)
	case "-le":
		return truthOf(x <= y)
	case "-gt":
		return truthOf(x > y)
	case "-ge":
		return truthOf(x >= y)
	}
	return unknown
}
