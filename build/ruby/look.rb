# Prints as JSON what Bundler knows of a Gemfile and its lock. Nothing is resolved and nothing installed.
# Arguments: the Gemfile, the lock beside it, and the app's own configuration of Bundler; the latter two need not exist.
require "json"
# The Bundler that comes with Ruby: the image has no other.
own = Gem::Specification.find_all_by_name("bundler").select(&:default_gem?).max_by(&:version)
gem "bundler", own.version if own
require "bundler"

gemfile, lock, config = ARGV

def requirement(dependency)
  {
    name: dependency.name, requirement: dependency.requirement.to_s, groups: dependency.groups.map(&:to_s),
    here: dependency.should_include? && dependency.current_platform?, source: origin(dependency.source)
  }
end

# What a gem comes from, where that is no registry: a folder, or a repository of git.
def origin(source)
  case source
  when Bundler::Source::Git then "git"
  when Bundler::Source::Path then "path:" + source.path.to_s
  else ""
  end
end

def here?(platform) = Bundler::MatchPlatform.platforms_match?(platform, Bundler.local_platform)

# Specifications of a lock that stand for other platforms do not count.
def locked(text)
  parsed = Bundler::LockfileParser.new(text)
  {
    specs: parsed.specs.map do |s|
      { name: s.name, version: s.version.to_s, platform: s.platform.to_s, source: origin(s.source), requires: s.dependencies.map(&:name).sort,
        here: here?(s.platform) }
    end,
    platforms: parsed.platforms.map(&:to_s), ruby: parsed.ruby_version.to_s, bundler: parsed.bundler_version.to_s,
    wants: parsed.dependencies.values.to_h { |d| [d.name, d.requirement.to_s] },
    supported: parsed.platforms.any? { |p| here?(p) }
  }
end

# What the lock has that the Gemfile does not allow: a version, or nothing of a name.
def stale(dependencies, lock)
  dependencies.filter_map do |d|
    specs = lock[:specs].select { |s| s[:name] == d.name }
    next if specs.any? { |s| d.requirement.satisfied_by?(Gem::Version.new(s[:version])) }
    next if specs.empty? && !d.should_include?
    has = specs.empty? ? "none of that name" : specs.map { |s| "#{d.name} #{s[:version]}" }.uniq.join(", ")
    { name: d.name, wants: d.requirement.to_s, has: has }
  end
end

out = { version: RUBY_VERSION, abi: RbConfig::CONFIG["ruby_version"], bundler: Bundler::VERSION, platform: Gem::Platform.local.to_s, config: {} }
begin
  raise Bundler::GemfileNotFound if gemfile.empty?
  definition = Bundler::Dsl.evaluate(Pathname.new(gemfile), nil, {})
  dependencies = definition.dependencies
  out[:gems] = dependencies.map { |d| requirement(d) }
  if (wanted = definition.ruby_version)
    out[:ruby] = wanted.versions
    out[:engine] = wanted.engine
  end
  if File.file?(lock)
    out[:lock] = locked(File.read(lock))
    out[:stale] = stale(dependencies, out[:lock])
  end
rescue Bundler::GemfileNotFound
  out[:gems] = []
rescue Bundler::LockfileError, Bundler::GemfileError, ArgumentError => e
  out[:error] = e.message.lines.map(&:rstrip).reject(&:empty?)
end
if File.file?(config)
  require "bundler/yaml_serializer"
  out[:config] = Bundler::YAMLSerializer.load(File.read(config)).to_h { |k, v| [k.upcase, v.is_a?(Array) ? v.join(":") : v.to_s] }
end
puts JSON.generate(out)
