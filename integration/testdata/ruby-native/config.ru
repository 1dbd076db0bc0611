require "bundler/setup"
require "nokogiri"

run do |env|
  page = Nokogiri::HTML5("<p>system <b>#{Nokogiri::VERSION_INFO["libxml"]["source"]}</b></p>")
  [200, { "content-type" => "text/plain" }, ["#{page.at("b").text} #{Nokogiri::XSLT("<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'/>").class}\n"]]
end
