# Prints as JSON the gems that an app has when it runs, as Bundler sets them up: those of the lock, less the groups left out.
require "json"
require "bundler"

specs = Bundler.load.specs.reject { |s| s.name == "bundler" }
out = specs.map do |s|
  source = s.respond_to?(:source) && s.source
  {
    name: s.name, version: s.version.to_s, licenses: s.licenses.compact, path: s.full_gem_path.to_s, spec: s.loaded_from.to_s,
    extension: s.extensions.empty? ? "" : s.extension_dir.to_s, native: !s.extensions.empty?, require: s.require_paths, bindir: s.bindir.to_s,
    executables: s.executables, requires: s.runtime_dependencies.map(&:name).sort, default: s.default_gem?,
    git: source.is_a?(Bundler::Source::Git) ? [source.uri.to_s.sub(%r{//[^/@]*@}, "//"), source.revision.to_s] : []
  }
end
puts JSON.generate(out.sort_by { |s| s[:name] })
