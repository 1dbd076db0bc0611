# Packs gems that Debian's packages have installed into files *.gem, with all that they need, and writes the index of a
# registry beside them, as Bundler reads it. Usage: pack.rb FOLDER SOURCES NAME...
#
# A gem with native code becomes one with its sources, which is compiled where it is installed, if the folder SOURCES has the
# tar of its Debian source package (named like the gem, NAME.tar.*); else one with Debian's modules, for this platform alone.
require "digest"
require "fileutils"
require "rubygems/package"
require "rubygems/user_interaction"
require "tmpdir"
require "zlib"

Gem::DefaultUserInteraction.ui = Gem::SilentUI.new

out, sources, *names = ARGV
FileUtils.mkdir_p(%w[gems info quick/Marshal.4.8].map { |d| File.join(out, d) })

def folder?(spec) = Dir.exist?(spec.full_gem_path) && Dir.children(spec.full_gem_path).any?

# All that the named gems need, too: those that have a folder before others. A gem that comes with Ruby is left out of the
# dependencies where it has none.
def closure(names)
  found, queue = {}, names.dup
  while (name = queue.shift)
    next if found.key?(name)
    spec = Gem::Specification.find_all_by_name(name).select { |s| folder?(s) || !s.default_gem? }.max_by { |s| [folder?(s) ? 1 : 0, s.version] }
    next unless spec
    found[name] = spec
    queue.concat(spec.runtime_dependencies.map(&:name))
  end
  found
end

# What Debian's package of bootsnap leaves out.
PROGRAMS = { "bootsnap" => %(#!/usr/bin/env ruby\nrequire "bootsnap/cli"\nexit Bootsnap::CLI.new(ARGV).run\n) }

# The files of a gem that lies in directories with all others, by the package that has its specification.
def gather(spec, dir)
  package = IO.popen(["dpkg", "-S", spec.loaded_from], &:read)[/\A[^:]+/]
  files = IO.popen(["dpkg", "-L", package], &:readlines).map(&:chomp).select { |f| File.file?(f) }
  RbConfig::CONFIG.values_at("vendorarchdir", "vendordir").each do |root|
    files.select { |f| f.start_with?("#{root}/") }.each do |f|
      to = File.join(dir, "lib", f.delete_prefix("#{root}/"))
      FileUtils.mkdir_p(File.dirname(to))
      FileUtils.cp(f, to)
    end
  end
  spec.executables.each do |name|
    FileUtils.mkdir_p(File.join(dir, spec.bindir))
    text = PROGRAMS[name] || File.read("/usr/bin/#{name}")
    File.write(File.join(dir, spec.bindir, name), text, perm: 0o755)
  end
end

# The files of an installed gem in a folder, as they would be in its package.
def unpack(spec, tar, dir)
  return gather(spec, dir) unless folder?(spec)
  FileUtils.cp_r(File.join(spec.full_gem_path, "."), dir, dereference_root: true)
  if tar
    FileUtils.rm(Dir.glob(File.join(dir, "lib/**/*.so")))
    leave = %w[*/.* */test */spec */docs */doc */adr */scripts */patches */rakelib */concourse */oci-images */gumbo-parser/fuzzer */gumbo-parser/test].map { |d| "--exclude=#{d}" }
    system("tar", "-x", "-C", dir, "--strip-components=1", "--skip-old-files", *leave, "-f", tar, exception: true)
  elsif Dir.exist?(spec.extension_dir)
    FileUtils.cp_r(File.join(spec.extension_dir, "."), File.join(dir, "lib"))
    FileUtils.rm(%w[gem.build_complete gem_make.out mkmf.log].map { |n| File.join(dir, "lib", n) }.select { |f| File.exist?(f) })
  end
end

def pack(spec, known, tar, out)
  Dir.mktmpdir do |dir|
    unpack(spec, tar, dir)
    made = spec.dup
    made.extensions = tar ? spec.extensions : []
    made.test_files = made.extra_rdoc_files = []
    made.files = Dir.glob("**/*", base: dir).select { |f| File.file?(File.join(dir, f)) }.sort
    native = made.files.any? { |f| f.end_with?(".so") }
    made.platform = native && !tar ? Gem::Platform.new("x86_64-linux") : Gem::Platform::RUBY
    made.dependencies.select! { |d| d.type == :runtime && (known.key?(d.name) || Gem::Specification.find_all_by_name(d.name).any?) }
    made.bindir = %w[exe bin].find { |b| made.executables.all? { |e| made.files.include?("#{b}/#{e}") } } || made.bindir
    made.authors = ["Debian"] if made.authors.empty?
    made.homepage = made.homepage || "about:blank"
    made.date = Time.utc(2026, 1, 1)
    made.rubygems_version = Gem::VERSION
    file = Dir.chdir(dir) { Gem::Package.build(made, true, false, File.join(out, "gems", made.file_name)) }
    [made, file]
  end
end

# The lines of the compact index, as RubyGems and Bundler read it.
def describe(made, file)
  number = made.platform == Gem::Platform::RUBY ? made.version.to_s : "#{made.version}-#{made.platform}"
  needs = made.runtime_dependencies.map { |d| "#{d.name}:#{d.requirement.requirements.map { |op, v| "#{op} #{v}" }.join("&")}" }.join(",")
  "#{number} #{needs}|checksum:#{Digest::SHA256.file(file).hexdigest},ruby:#{made.required_ruby_version.to_s.gsub(", ", "&")}\n"
end

found = closure(names)
missing = names - found.keys
abort "no package of Debian has installed #{missing.join(", ")}" unless missing.empty?
specs = []
versions = +"created_at: 2026-01-01T00:00:00Z\n---\n"
found.sort.each do |name, spec|
  made, file = pack(spec, found, Dir.glob(File.join(sources, "#{name}.tar.*")).first, out)
  info = "---\n#{describe(made, file)}"
  File.write(File.join(out, "info", name), info)
  versions << "#{name} #{describe(made, file)[/\A\S+/]} #{Digest::MD5.hexdigest(info)}\n"
  specs << [name, made.version, made.original_platform.to_s]
  File.binwrite(File.join(out, "quick/Marshal.4.8", "#{made.full_name}.gemspec.rz"), Zlib::Deflate.deflate(Marshal.dump(made)))
  puts File.basename(file)
end
File.write(File.join(out, "versions"), versions)
File.write(File.join(out, "names"), "---\n#{found.keys.sort.join("\n")}\n")
# The older index, which is read from a folder, too (file:///…).
{ "specs" => specs, "latest_specs" => specs, "prerelease_specs" => [] }.each do |name, list|
  Zlib::GzipWriter.open(File.join(out, "#{name}.4.8.gz")) { |gz| gz.write(Marshal.dump(list)) }
end
