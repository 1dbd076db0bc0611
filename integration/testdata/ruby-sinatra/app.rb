require "sinatra/base"
require "sqlite3"

class Shop < Sinatra::Base
  get("/") do
    version = SQLite3::Database.new(":memory:").get_first_value("select sqlite_version()")
    "Grüße von SQLite #{version} (#{settings.environment})\n"
  end
end
