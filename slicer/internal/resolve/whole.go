package resolve

import (
	"maps"
	"slices"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// ScriptOnly are packages, by name, that only maintainer scripts and package management use. Nothing in an image calls them,
// because images are made without running maintainer scripts. The value says what they do, as in "it starts services".
var ScriptOnly = map[string]string{
	"adduser": "makes accounts", "debconf": "asks questions", "debconf-2.0": "asks questions", "cdebconf": "asks questions",
	"dpkg": "installs packages", "dpkg-dev": "builds packages", "apt": "installs packages", "ucf": "installs configuration",
	"init-system-helpers": "starts services", "systemd": "starts services", "sysvinit-utils": "starts services",
	"systemd-sysv": "starts services", "sysuser-helper": "makes accounts", "lsb-base": "starts services",
	"opensysusers": "makes accounts", "install-info": "indexes manuals", "man-db": "indexes manuals", "update-inetd": "starts services",
	"cron": "starts services", "cron-daemon": "starts services", "anacron": "starts services", "logrotate": "starts services",
	"dictionaries-common": "registers dictionaries", "emacsen-common": "registers editor modes", "sgml-base": "registers catalogs",
	"xml-core": "registers catalogs", "tex-common": "registers fonts", "perl-openssl-defaults": "carries no files", "po-debconf": "builds packages",
	"php-common":                  "switches modules of PHP on and cleans up sessions",
	"systemd-standalone-sysusers": "makes accounts", "systemd-sysusers": "makes accounts", "python3-dpkg": "builds packages",
}

// Request is a package that is to be taken, for a reason.
type Request struct {
	Name  string
	Why   manifest.Reason
	Layer string
	Texts bool // it is for documentation that was asked for, so that its own documentation is wanted too
}

func packageNames(rs []Request) []string {
	names := make([]string, len(rs))
	for i, r := range rs {
		names[i] = r.Name
	}
	return names
}

// addWhole takes packages as their users know them: all their files but documentation, headers and the like, and what
// they need of the packages that they depend on.
func (p *Resolver) addWhole(names []plan.Named) error {
	queue := make([]Request, 0, len(names))
	for _, n := range names {
		if _, _, err := p.LookupAsked(n.Name); err != nil {
			return err
		}
		p.Settled[n.Name] = true
		queue = append(queue, Request{Name: n.Name, Why: n.Reason(), Layer: n.LandsIn()})
	}
	return p.Follow(queue)
}

// Follow takes packages whole, and decides on those that they depend on, breadth first, so that what users name is
// settled before alternatives are. Programs and data are taken, because whoever wrote the dependency knows that they are
// used. Libraries and language modules are offered: they are taken when a file of the cut is seen to use them.
func (p *Resolver) Follow(queue []Request) error {
	for len(queue) > 0 {
		if err := p.Fetch(packageNames(queue)); err != nil {
			return err
		}
		var next []Request
		for _, r := range queue {
			more, err := p.followOne(r)
			if err != nil {
				return err
			}
			next = append(next, more...)
		}
		if err := p.followed(); err != nil {
			return err
		}
		queue = next
	}
	return nil
}

func (p *Resolver) followOne(r Request) ([]Request, error) {
	from, err := p.Open(r.Name)
	if err != nil {
		return nil, err
	}
	p.forgetUnused(r.Name)
	switch role := p.RoleOf(from); {
	case r.Why.Kind != manifest.Depends, role == roleOther:
		if err := p.TakeWhole(from, r); err != nil {
			return nil, err
		}
	case role == roleInterpreter:
		p.Omit(manifest.OmissionName(r.Name, debian.ClassBins), "they are for developers of its language", r.Why.By)
	default:
		p.Offered[r.Name] = offer{Request: r, Role: role}
		return nil, nil // what it depends on is decided when it is taken
	}
	if p.isTexts(from) {
		return p.dependenciesOfTexts(from, r)
	}
	return p.Dependencies(r, AnyDependency)
}

// unread is why classes of files are omitted.
const unread = "no program reads them at run time"

// TakeWhole takes the files of one package, and notes the classes of files that are omitted.
func (p *Resolver) TakeWhole(from *plan.Package, r Request) error {
	p.Whole[r.Name] = true
	keeps, omitted := p.substance(from, r), map[debian.Class]bool{}
	for _, e := range from.Entries {
		if e.Kind == tree.Directory && !plan.IsLeaf(from.Entries, e) {
			continue
		}
		class := p.ClassOf(from, e)
		if !debian.ClassAll.Has(class) && (!keeps[class] || r.Why.Kind == manifest.Depends && from.HasShared(e)) {
			omitted[class] = omitted[class] || e.Kind != tree.Directory
			continue
		}
		if class == debian.ClassCopyright {
			continue // comes with the records
		}
		if err := p.Take(from, e, p.Slice(r.Name, class, r.Why), r.Layer); err != nil {
			return err
		}
	}
	if err := p.takePrograms(from, r); err != nil {
		return err
	}
	for _, class := range slices.Sorted(maps.Keys(omitted)) {
		if omitted[class] {
			p.OmitFor(manifest.Omission{Name: manifest.OmissionName(r.Name, class), Reason: unread, By: r.Why.By, Slice: class.Slice(r.Name)})
		}
	}
	return nil
}
