package python

import "strings"

// themeRequirement is the package of a theme; empty for those that come with the generator.
func (g generator) themeRequirement(name string) string {
	if g.Program != "mkdocs" {
		return moduleRequirement(name)
	}
	switch name {
	case "mkdocs", "readthedocs":
		return ""
	}
	return "mkdocs-" + strings.TrimPrefix(name, "mkdocs-")
}

// pluginPackages are packages of MkDocs' plugins whose names do not follow from those of the plugins; an empty one comes with MkDocs.
var pluginPackages = map[string]string{
	"search": "", "blog": "mkdocs-material", "tags": "mkdocs-material", "social": "mkdocs-material[imaging]", "privacy": "mkdocs-material",
	"offline": "mkdocs-material", "meta": "mkdocs-material", "group": "mkdocs-material", "info": "mkdocs-material", "optimize": "mkdocs-material",
	"mkdocstrings": "mkdocstrings[python]", "autorefs": "mkdocs-autorefs", "macros": "mkdocs-macros-plugin", "minify": "mkdocs-minify-plugin",
	"awesome-pages": "mkdocs-awesome-pages-plugin", "include-markdown": "mkdocs-include-markdown-plugin", "mermaid2": "mkdocs-mermaid2-plugin",
	"git-revision-date-localized": "mkdocs-git-revision-date-localized-plugin", "git-revision-date": "mkdocs-git-revision-date-plugin",
	"git-authors": "mkdocs-git-authors-plugin", "git-committers": "mkdocs-git-committers-plugin-2", "monorepo": "mkdocs-monorepo-plugin",
	"rss": "mkdocs-rss-plugin", "print-site": "mkdocs-print-site-plugin", "table-reader": "mkdocs-table-reader-plugin", "i18n": "mkdocs-static-i18n",
}

// pluginRequirement is the package of a plugin of MkDocs. A theme's own is named with it: "material/blog".
func pluginRequirement(name string) string {
	if theme, _, ok := strings.Cut(name, "/"); ok {
		return "mkdocs-" + theme
	}
	if known, ok := pluginPackages[name]; ok {
		return known
	}
	return "mkdocs-" + strings.TrimPrefix(name, "mkdocs-")
}

// modulePackages are packages of extensions whose names do not follow from those of their modules.
var modulePackages = map[string]string{
	"pymdownx": "pymdown-extensions", "material": "mkdocs-material", "mkdocs_material": "mkdocs-material", "yaml": "PyYAML", "bs4": "beautifulsoup4", "PIL": "pillow",
	"git": "GitPython", "mdx_truly_sane_lists": "mdx-truly-sane-lists", "sphinx_rtd_theme": "sphinx-rtd-theme",
}

// moduleRequirement is the package that has a module, as far as names tell. Packages of sphinxcontrib share a folder.
func moduleRequirement(module string) string {
	top, rest, _ := strings.Cut(module, ".")
	if top == "sphinxcontrib" && rest != "" {
		rest, _, _ = strings.Cut(rest, ".")
		return "sphinxcontrib-" + rest
	}
	if known, ok := modulePackages[top]; ok {
		return known
	}
	return strings.ReplaceAll(top, "_", "-")
}
