package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/internal/document"
	"whittle.dev/whittle/slicer/sbom"
)

const vexHelp = `vex states of known vulnerabilities whether an image has them: that the package is fixed; that the vulnerable file was not cut, so
it is not affected; or that it is affected. Scanners that read VEX (OpenVEX 0.2.0) then pass over what is not there.

The vulnerabilities come from a JSON file: a list of objects with an "id", a binary or source "package", the "files" that have the
flaw (paths, or patterns with * and ?; none means any file), and the "fixed" version, if there is one:

  [{"id": "CVE-2026-12345", "package": "krb5", "files": ["/usr/sbin/krb5kdc"], "fixed": "1.21.3-6"}]

The time in the document is that of SOURCE_DATE_EPOCH if it is set.

` + recordedRefs

const vexExample = `  whittle vex --vulnerabilities krb5.json registry.example.com/shop >shop.vex.json
  grype registry.example.com/shop --vex shop.vex.json`

type vex struct {
	*tool
	output
	arch, file, distro, author, product string
}

func vexCommand(t *tool) *cobra.Command {
	v := &vex{tool: t}
	cmd := &cobra.Command{
		Use: "vex --vulnerabilities FILE IMAGE|DIR", Short: "State which vulnerabilities an image does not have", Long: vexHelp, Example: vexExample,
		Args: arguments(1, 1, "one image or directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if v.file == "" {
				return usageError{errors.New("cannot state anything: name the vulnerabilities with --vulnerabilities FILE"), cmd, nil}
			}
			return v.run(cmd.Context(), args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&v.arch, "arch", machineArch(), "which image of a multi-architecture one")
	f.StringVar(&v.file, "vulnerabilities", "", "JSON `file` of vulnerabilities, packages and files; - reads stdin")
	f.StringVar(&v.distro, "distro", "", "the distribution, such as debian-13 (default: what os-release says)")
	f.StringVar(&v.author, "author", "", "`who` says so (default: whittle)")
	f.StringVar(&v.product, "product", "", "package `URL` of the image, such as pkg:oci/shop@sha256:…; the packages are then parts of it")
	v.output.flags(cmd)
	return cmd
}

func (v *vex) run(ctx context.Context, ref string) error {
	list, err := readVulnerabilities(v.file)
	if err != nil {
		return err
	}
	when, err := documentTime(v.env("SOURCE_DATE_EPOCH"))
	if err != nil {
		return err
	}
	r, err := v.record(ctx, v.arch, ref)
	if err != nil {
		return err
	}
	d, err := distroOr(v.distro, r)
	if err := closeAll(err, r); err != nil {
		return err
	}
	data, err := sbom.VEX(r.whole(), list, sbom.VEXOptions{Author: v.author, Time: when, Distro: d, Product: v.product})
	if err != nil {
		return err
	}
	return v.output.write(v.tool, data)
}

// readVulnerabilities reads the list. A field that whittle does not know is an error: a misspelt "files" would make every
// file one that has the flaw.
func readVulnerabilities(name string) ([]sbom.Vulnerability, error) {
	var in io.Reader = os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, about(givenVulnerabilities, fmt.Errorf("cannot read vulnerabilities: %w", err))
		}
		defer f.Close()
		in = f
	}
	d := document.NewDecoder(in, maxRecord)
	d.DisallowUnknownFields()
	var list []sbom.Vulnerability
	if err := d.Decode(&list); err != nil {
		return nil, about(givenVulnerabilities, fmt.Errorf("cannot read vulnerabilities: %w (%s)", err, name))
	}
	return list, nil
}

// documentTime is the time that a document states: of the source, where a build system sets it, so that it can be made again.
func documentTime(epoch string) (time.Time, error) {
	if epoch == "" {
		return time.Now(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("cannot read SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0), nil
}
