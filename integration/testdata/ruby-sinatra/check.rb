puts "bundle of #{Bundler.load.specs.count}"
