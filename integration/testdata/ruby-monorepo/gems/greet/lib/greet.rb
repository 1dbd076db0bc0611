require "greet/version"
require "greet/greet"
