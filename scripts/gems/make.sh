#!/bin/bash
# Runs in a container of the build image: installs Debian's packages of Ruby, fetches the sources of those that are to be
# compiled by builds, and packs their gems into a folder. Usage: make.sh FOLDER
set -euo pipefail
options=(-qq -o APT::Sandbox::User=root)
[ ! -s /run/whittle/ca.crt ] || options+=(-o Acquire::https::CAInfo=/run/whittle/ca.crt)
sed -i 's/^Types: deb$/Types: deb deb-src/' /etc/apt/sources.list.d/*.sources
apt-get "${options[@]}" update
apt-get "${options[@]}" install -y --no-install-recommends puma ruby-nokogiri ruby-rackup ruby-sinatra ruby-sqlite3
mkdir /tmp/sources
cd /tmp/sources
apt-get "${options[@]}" source --download-only --tar-only puma ruby-nokogiri
for tar in *.orig.tar.*; do
	name=${tar%%_*}
	mv "$tar" "${name#ruby-}.tar.${tar##*.}"
done
ruby /run/gems/pack.rb "$1" /tmp/sources debug nokogiri puma rackup rake sinatra sqlite3 webrick
# Those of Rails are apart, and none of them is compiled.
apt-get "${options[@]}" install -y --no-install-recommends ruby-bootsnap ruby-rails ruby-rails-propshaft
ruby /run/gems/pack.rb "$1/rails" /nowhere bootsnap debug propshaft puma rails sqlite3
chmod -R a+rwX "$1"
