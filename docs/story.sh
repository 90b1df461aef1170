#!/usr/bin/env bash
# The story of one seat by curl: sign up, verify, join, pay, enrolled. Prints what it asks and what it gets.
# docs/story.sh [https://127.0.0.1:8443]   Needs the running sandbox.
set -eu
base=${1:-https://127.0.0.1:8443}
api=$base/api/v1
who="mina$(date +%s)@example.com"

show() { printf '\n$ %s\n' "$1"; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" <<<"$2"; }
ask() {        # METHOD PATH [BODY] [TOKEN]
	local words=(curl -sk -X "$1" "$2" -H 'Accept-Language: en')
	[ -z "${3:-}" ] || words+=(-H 'Content-Type: application/json' -d "$3")
	[ -z "${4:-}" ] || words+=(-H "Authorization: Bearer $4")
	[ "$1" = GET ] || words+=(-H "Idempotency-Key: \"$(cat /proc/sys/kernel/random/uuid)\"")
	answer=$("${words[@]}")
	show "$1 ${2#"$base"} ${3:-}"
	echo "$answer"
}

ask POST "$api/auth/signup" "{\"email\":\"$who\",\"password\":\"correct-horse-42\",\"name\":\"김미나\",\"phone\":\"010-2345-6789\"}"
for _ in $(seq 50); do
	token=$(curl -sk "$base/sandbox/mail?to=$who" | sed -n 's/.*token=\([A-Za-z0-9_-]*\).*/\1/p')
	[ -z "$token" ] || break
	sleep 0.1
done
ask POST "$api/auth/verify" "{\"token\":\"$token\"}"
ask POST "$api/auth/login" "{\"email\":\"$who\",\"password\":\"correct-horse-42\"}"
me=$(field access_token "$answer")
ask GET "$api/courses?status=open&limit=1"
course=$(curl -skG "$api/courses" --data-urlencode 'q=주말 수채화' -d limit=1 | sed -n 's/^{"data":\[{"id":\([0-9]*\),.*/\1/p')
ask POST "$api/courses/$course/queue" "" "$me"
ticket=$(sed 's/{"id":\([0-9]*\).*/\1/' <<<"$answer")
for _ in $(seq 50); do
	ask GET "$api/tickets/$ticket" "" "$me" >/dev/null
	[[ $answer != *'"state":"active"'* ]] || break
	sleep 0.05
done
ask GET "$api/tickets/$ticket" "" "$me"
ask POST "$api/tickets/$ticket/checkout" '{"method":"card"}' "$me"
order=$(field order_id "$answer")
amount=$(field amount "$answer")
ask POST "$base/sandbox/pg/checkout" "{\"order_id\":\"$order\",\"amount\":$amount}"
key=$(field payment_key "$answer")
ask POST "$api/payments/$order/confirm" "{\"payment_key\":\"$key\",\"amount\":$amount}" "$me"
ask GET "$api/notifications" "" "$me"
