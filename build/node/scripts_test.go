package node

import "testing"

// TestPackageOf names the package of a program that a script runs.
func TestPackageOf(t *testing.T) {
	for program, want := range map[string]string{"ng": "@angular/cli", "tsc": "typescript", "vite": "vite", "dotenv": "dotenv-cli", "cmake": "", "python3": ""} {
		if got := packageOf(program); got != want {
			t.Errorf("%s is of %q, want %q", program, got, want)
		}
	}
}
