require "greet"

run ->(_env) { [200, { "content-type" => "text/plain" }, ["#{Greet.to("monorepo")}\n"]] }
