run do |env|
  [200, { "content-type" => "text/plain; charset=utf-8" }, ["Grüße, #{env["PATH_INFO"]} (Ruby #{RUBY_VERSION})\n"]]
end
