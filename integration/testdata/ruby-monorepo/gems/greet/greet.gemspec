require_relative "lib/greet/version"

Gem::Specification.new do |s|
  s.name = "greet"
  s.version = Greet::VERSION
  s.summary = "Greets"
  s.authors = ["us"]
  s.files = Dir["lib/**/*.rb"]
end
