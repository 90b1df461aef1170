# shellcheck shell=bash disable=SC2034,SC2154
# Makes var/: folders, keys, certificate, database files, and the settings of every part. Sourced by the script at the
# top. All of it may be done again at any time; what is there and right is left alone.

# A socket's path may have 107 bytes. In a deep checkout var/run becomes a link to a short private folder.
make_run_dir() {
	local short

	run=$var/run
	if [ $((${#run} + 20)) -gt 107 ]; then
		short=${TMPDIR:-/tmp}/madang-$(id -u)-$(printf %s "$root" | cksum | cut -d ' ' -f 1)
		[ -d "$short" ] || mkdir -m 0700 "$short"
		if [ ! -O "$short" ] || [ -L "$short" ]; then
			die "$short belongs to somebody else"
		fi
		[ -L "$run" ] || rm -rf "$run"
		ln -sfn "$short" "$run"
		run=$short
	else
		[ ! -L "$run" ] || rm "$run"    # the checkout was moved
		mkdir -p "$run"
	fi
}

make_folders() {
	umask 077
	mkdir -p "$var"/{log,nginx,tls,mail,tmp,docs}
	make_run_dir
}

random_hex() {
	od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

# Made once, kept as long as var/ is.
make_keys() {
	[ -s "$var/secret" ] || random_hex 32 >"$var/secret"
	[ -s "$var/db-password" ] || random_hex 16 >"$var/db-password"
	[ -s "$var/gateway-secret" ] || printf 'test_sk_%s' "$(random_hex 16)" >"$var/gateway-secret"
	if [ -z "$(find "$var/tls/tickets.key" -mtime -1 -size 80c 2>/dev/null)" ]; then
		head -c 80 /dev/urandom >"$var/tls/tickets.new"
		mv "$var/tls/tickets.new" "$var/tls/tickets.key"
	fi
	[ -s "$var/tls/cert.pem" ] || {
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 -subj /CN=localhost \
			-addext subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1 \
			-keyout "$var/tls/key.pem" -out "$var/tls/cert.new" 2>>"$var/log/setup.log" &&
			mv "$var/tls/cert.new" "$var/tls/cert.pem"
	} || fail_with "$var/log/setup.log" "no certificate could be made"
}

has_ipv6_loopback() {
	grep -qs '^00000000000000000000000000000001 ' /proc/net/if_inet6
}

# Fills in a template. Says by its status whether the file is another one than before.
fill() { # TEMPLATE FILE
	local name value script=''

	while IFS='=' read -r name value; do
		value=${value//\\/\\\\}
		value=${value//&/\\&}
		script+="s|@$name@|${value//|/\\|}|g;"
	done <<<"$settings"
	sed "$script" "$1" >"$2.new"
	if cmp -s "$2.new" "$2"; then
		rm "$2.new"
		return 1
	fi
	mv "$2.new" "$2"
}

read_settings() {
	local files connections as_root='' db_as_root='' memcached_as_root='' listen6=''

	files=$(ulimit -Hn)
	[ "$files" != unlimited ] && [ "$files" -le 262144 ] || files=262144
	connections=$((files - 64 < 16384 ? files - 64 : 16384))
	if [ "$(id -u)" = 0 ]; then
		as_root='user root;'
		db_as_root='user = root'
		memcached_as_root='-u root'
	fi
	if has_ipv6_loopback; then
		listen6="listen [::1]:$port ssl http2 backlog=4096;"
	fi
	settings="ROOT=$root
VAR=$var
RUN=$run
LOG=$var/log
PROGRAM=$program
PORT=$port
GATEWAY_PORT=$((port + 1))
SMTP_PORT=$((port + 2))
METRICS_PORT=$((port + 3))
LISTEN6=$listen6
USER=$as_root
DB_USER_LINE=$db_as_root
MEMCACHED_USER=$memcached_as_root
NOFILE=$files
CONNECTIONS=$connections
MODULES=/usr/lib/nginx/modules
DB_PASSWORD=$(<"$var/db-password")
GATEWAY_SECRET=$(<"$var/gateway-secret")"
}

# Sets restart_needed (a part's command or port is another) and reload_needed (what a reload picks up is another).
write_settings() {
	local template name

	restart_needed=no
	reload_needed=no
	read_settings
	for name in stack.conf mariadb.cnf madang.conf; do
		if fill "$root/fcgi-app/stack/$name.in" "$var/$name"; then restart_needed=yes; fi
	done
	fill "$root/fcgi-app/stack/db-init.sql.in" "$var/db-init.sql" || true
	if fill "$root/nginx/nchan.conf.in" "$var/nginx/nchan.conf"; then restart_needed=yes; fi
	for template in "$root"/nginx/*.conf.in; do
		name=$(basename "$template" .in)
		[ "$name" != nchan.conf ] || continue
		if fill "$template" "$var/nginx/$name"; then reload_needed=yes; fi
	done
	write_program
	write_reference
}

# The pages under /docs/.
write_reference() {
	MADANG_CONFIG=$var/madang.conf "$program" openapi --html "$var/docs" 2>>"$var/log/setup.log" || say "the API reference could not be made (var/log/setup.log)"
}

# Which pool a request goes to, and what is said about one that nginx refuses, is said by the program itself.
write_program() {
	MADANG_CONFIG=$var/madang.conf "$program" routes --nginx >"$var/nginx/program.conf.new" 2>>"$var/log/setup.log" ||
		fail_with "$var/log/setup.log" "what nginx must know can't be printed"
	if cmp -s "$var/nginx/program.conf.new" "$var/nginx/program.conf"; then
		rm "$var/nginx/program.conf.new"
	else
		mv "$var/nginx/program.conf.new" "$var/nginx/program.conf"
		reload_needed=yes
	fi
}

# An unfinished folder is never taken for a database: it gets its name when it is complete.
make_database() {
	local as_root=()

	[ ! -d "$var/db" ] || return 0
	say "making the database"
	rm -rf "$var/db.new" "$var/demo-loaded"
	[ "$(id -u)" != 0 ] || as_root=(--user=root)
	mariadb-install-db --no-defaults "${as_root[@]}" --datadir="$var/db.new" --force --skip-name-resolve --skip-test-db \
		--innodb-log-file-size=256M --auth-root-authentication-method=socket >>"$var/log/setup.log" 2>&1 ||
		fail_with "$var/log/setup.log" "the database could not be made"
	mv "$var/db.new" "$var/db"
}
