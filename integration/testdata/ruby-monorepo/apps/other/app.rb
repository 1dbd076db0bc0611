raise "another app"
