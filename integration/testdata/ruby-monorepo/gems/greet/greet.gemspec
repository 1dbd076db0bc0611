require_relative "lib/greet/version"

Gem::Specification.new do |s|
  s.name = "greet"
  s.version = Greet::VERSION
  s.summary = "Greets, from C"
  s.authors = ["us"]
  s.files = Dir["lib/**/*.rb", "ext/**/*.{c,rb}"]
  s.extensions = ["ext/greet/extconf.rb"]
end
