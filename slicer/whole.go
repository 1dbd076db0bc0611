package slicer

import (
	"maps"
	"slices"
)

// scriptOnly are packages that only maintainer scripts and package management use. Nothing in an image calls them,
// because images are made without running maintainer scripts.
var scriptOnly = map[string]string{
	"adduser": "makes accounts", "debconf": "asks questions", "debconf-2.0": "asks questions", "cdebconf": "asks questions",
	"dpkg": "installs packages", "dpkg-dev": "builds packages", "apt": "installs packages", "ucf": "installs configuration",
	"init-system-helpers": "starts services", "systemd": "starts services", "sysvinit-utils": "starts services",
	"systemd-sysv": "starts services", "sysuser-helper": "makes accounts", "lsb-base": "starts services",
	"opensysusers": "makes accounts", "install-info": "indexes manuals", "man-db": "indexes manuals", "update-inetd": "starts services",
	"cron": "starts services", "cron-daemon": "starts services", "anacron": "starts services", "logrotate": "starts services",
	"dictionaries-common": "registers dictionaries", "emacsen-common": "registers editor modes", "sgml-base": "registers catalogs",
	"xml-core": "registers catalogs", "tex-common": "registers fonts", "perl-openssl-defaults": "carries no files", "po-debconf": "builds packages",
	"systemd-standalone-sysusers": "makes accounts", "systemd-sysusers": "makes accounts", "python3-dpkg": "builds packages",
}

// request is a package that is to be taken, for a reason.
type request struct {
	name  string
	why   Reason
	layer string
}

func packageNames(rs []request) []string {
	names := make([]string, len(rs))
	for i, r := range rs {
		names[i] = r.name
	}
	return names
}

// addWhole takes packages as their users know them: all their files but documentation, headers and the like, and what
// they need of the packages that they depend on.
func (p *resolver) addWhole(names []Named) error {
	queue := make([]request, 0, len(names))
	for _, n := range names {
		if _, _, err := p.lookup(n.Name); err != nil {
			return err
		}
		p.settled[n.Name] = true
		queue = append(queue, request{name: n.Name, why: n.reason(), layer: n.layer()})
	}
	return p.follow(queue)
}

// follow takes packages whole, and decides on those that they depend on, breadth first, so that what users name is
// settled before alternatives are. Programs and data are taken, because whoever wrote the dependency knows that they are
// used. Libraries and language modules are offered: they are taken when a file of the cut is seen to use them.
func (p *resolver) follow(queue []request) error {
	for len(queue) > 0 {
		if err := p.fetch(packageNames(queue)); err != nil {
			return err
		}
		var next []request
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

func (p *resolver) followOne(r request) ([]request, error) {
	from, err := p.open(r.name)
	if err != nil {
		return nil, err
	}
	switch role := p.roleOf(from); {
	case r.why.Kind != Depends, role == roleOther:
		if err := p.takeWhole(from, r); err != nil {
			return nil, err
		}
	case role == roleInterpreter:
		p.omit(OmittedClass(r.name, ClassBins), "they are for developers of its language", r.why.By)
	default:
		p.offered[r.name] = offer{request: r, role: role}
		return nil, nil // what it depends on is decided when it is taken
	}
	return p.dependencies(r, anyDependency)
}

// takeWhole takes the files of one package, and notes the classes that it leaves out.
func (p *resolver) takeWhole(from *picked, r request) error {
	p.whole[r.name] = true
	left := map[Class]bool{}
	for _, e := range from.Entries {
		if e.Kind == Directory && !isLeaf(from.Entries, e) {
			continue
		}
		class := p.classOf(from, e)
		if !ClassAll.has(class) {
			left[class] = left[class] || e.Kind != Directory
			continue
		}
		if class == ClassCopyright {
			continue // comes with the records
		}
		if err := p.take(from, e, p.slice(r.name, class, r.why), r.layer); err != nil {
			return err
		}
	}
	if err := p.takePrograms(from, r); err != nil {
		return err
	}
	for _, class := range slices.Sorted(maps.Keys(left)) {
		if left[class] {
			p.omit(OmittedClass(r.name, class), "no program reads them at run time", r.why.By)
		}
	}
	return nil
}
