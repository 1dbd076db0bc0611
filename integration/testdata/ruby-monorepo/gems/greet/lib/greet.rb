require "greet/version"

module Greet
  def self.to(name) = "hello from a gem of the project, #{name}"
end
