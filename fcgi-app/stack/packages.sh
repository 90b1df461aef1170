# shellcheck shell=bash disable=SC2034,SC2154,SC2024
# What the machine must have. Sourced by the script at the top.
#
# Each entry is "what proves it:Debian package": a command, or a file. Software that came some other way counts too.

run_packages=(
	gcc:gcc /usr/include/stdio.h:libc6-dev make:make autoconf:autoconf automake:automake pkg-config:pkg-config
	/usr/include/fcgiapp.h:libfcgi-dev /usr/include/json-c/json.h:libjson-c-dev
	/usr/include/mariadb/mysql.h:libmariadb-dev /usr/include/libmemcached/memcached.h:libmemcached-dev
	/usr/include/openssl/ssl.h:libssl-dev /usr/include/*/curl/curl.h:libcurl4-openssl-dev
	/usr/include/argon2.h:libargon2-dev /usr/include/cmocka.h:libcmocka-dev
	nginx:nginx /usr/lib/nginx/modules/ngx_nchan_module.so:libnginx-mod-nchan
	mariadbd:mariadb-server memcached:memcached openssl:openssl
)

test_packages=(
	chromium:chromium wrk:wrk python3:python3 clang-tidy:clang-tidy clang-format:clang-format cppcheck:cppcheck
	shellcheck:shellcheck valgrind:valgrind node:nodejs npm:npm curl:curl
	ps:procps java:default-jre-headless
	/usr/share/fonts/*/noto/NotoSansCJK-Regular.ttc:fonts-noto-cjk
)

have() {
	case $1 in
	/*) compgen -G "$1" >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# Prints the Debian packages that are missing.
missing_packages() {
	local entry

	for entry; do
		have "${entry%%:*}" || echo "${entry#*:}"
	done
}

# Debian starts a service when its package is installed; ours run from var/ and need none of Debian's. This is
# Debian's own way to say no, and it is taken away again; where somebody has set it already, it is theirs.
policy=/usr/sbin/policy-rc.d

install_as_root() {
	local status=0

	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
		# shellcheck disable=SC2064
		trap "rm -f $policy" EXIT
	fi
	export DEBIAN_FRONTEND=noninteractive
	{
		apt-get -o Acquire::Retries=3 update &&
			apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"
	} </dev/null || status=$?
	return $status
}

# Installs what is missing, or says which line does it and fails.
need_packages() {
	local missing log=$var/log/packages.log

	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	command -v apt-get >/dev/null || die "these are missing: ${missing[*]}"
	if [ "$(id -u)" = 0 ]; then
		say "installing ${#missing[@]} Debian packages: ${missing[*]}"
		(install_as_root "${missing[@]}") >>"$log" 2>&1 || fail_with "$log" "the packages could not be installed"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		say "installing ${#missing[@]} Debian packages: ${missing[*]}"
		sudo -n "$BASH" -c "policy=$policy; $(declare -f install_as_root); install_as_root \"\$@\"" - "${missing[@]}" \
			>>"$log" 2>&1 || fail_with "$log" "the packages could not be installed"
	else
		die "they must be installed by root, once:
  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
	fi
	hash -r
}
