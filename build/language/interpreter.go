package language

// Interpreter is the one interpreter that a build has for a language: apps run on it, or are refused.
type Interpreter struct {
	Name    string // "Ruby"
	Version string // "3.3.8"
	Where   string // "Debian 13"
}

func (i Interpreter) String() string { return i.Name + " " + i.Version + " of " + i.Where }

// Reason tells for the log why it is this version: by the strongest of the wishes that it fits, or because nobody asks for any.
func (i Interpreter) Reason(wishes []Wish) string {
	if len(wishes) == 0 {
		return "the one of " + i.Where
	}
	return wishes[0].String()
}

// Refuse is the problem of a wish that it does not fit. The caller knows where else that version is, and the next step.
func (i Interpreter) Refuse(w Wish) *Problem {
	return NotHere(i.Name, w, "available: "+i.String()+", which this builder is made of")
}
