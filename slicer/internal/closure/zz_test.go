package closure
import "testing"
func BenchmarkZZ(b *testing.B){ src:=make([]byte,0); for len(src)<20000 { src=append(src,"x = foo(bar) # something here\n"...) }; for b.Loop(){ LibraryLiterals(src) } }
