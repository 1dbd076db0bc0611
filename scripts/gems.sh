#!/usr/bin/env bash
# Prints a folder that is a registry of gems, for tests and samples where the one that RubyGems asks cannot be reached: gems
# packed again from Debian's packages of Ruby, in a container of the build image. It is made once.
. "$(dirname "$0")/lib.sh"

image=whittle/build:$release
id=$(docker image inspect --format '{{.Id}}' "$image") || die "cannot find $image. Run 'make build-image' first."
key=$(digest "$root/scripts/gems.sh" "$root"/scripts/gems/*)-${id:7:12}
out=$cache/gems
if [ "$(cat "$out/key" 2>/dev/null)" != "$key" ]; then
	log "pack gems from Debian's packages"
	rm -rf "$out"
	mkdir -p "$out"
	chmod 0777 "$out"
	docker run --rm --network host --user 0:0 --env http_proxy --env https_proxy --volume "$root/scripts/gems:/run/gems:ro" --volume "$out:/out" \
		--volume /etc/ssl/certs/ca-certificates.crt:/run/whittle/ca.crt:ro "$image" bash /run/gems/make.sh /out >"$cache/gems.log" 2>&1 ||
		{ tail -n 20 "$cache/gems.log" >&2 && die "cannot pack gems, see above."; }
	echo "$key" >"$out/key"
fi
echo "$out"
