#!/bin/sh
# The model smoke without an install: the seven steps of `gate smoke run-all` with a POSIX shell, curl and Python 3.
#
#   MODEL_PROVIDER=replicate REPLICATE_API_TOKEN=... TOKEN_A=... TOKEN_B=... [API=http://localhost:8000] sh model_smoke.sh
#
# With SUPABASE_URL and SUPABASE_ANON_KEY the input and the output are looked at in storage as well.
# Ends with MODEL SMOKE OK and 0, or says in one line what is wrong: 1 it does not hold, 2 a setting is missing, 3 cannot say.
set -eu
# shellcheck disable=SC3040  # asked first whether this shell knows it
if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi

API=${API:-http://localhost:8000}
API=${API%/}
PRICE=${PRICE:-1}

missing=
[ "${MODEL_PROVIDER:-}" = replicate ] || missing="$missing MODEL_PROVIDER=replicate"
for name in REPLICATE_API_TOKEN TOKEN_A TOKEN_B; do
  eval "value=\${$name:-}"
  [ -n "$value" ] || missing="$missing $name"
done
for program in curl python3; do
  command -v "$program" >/dev/null 2>&1 || missing="$missing the-program-$program"
done
if [ -n "$missing" ]; then
  echo "configuration: set$missing" >&2
  exit 2
fi
if [ "$TOKEN_A" = "$TOKEN_B" ]; then
  echo "configuration: TOKEN_A and TOKEN_B are the same token; isolation needs two users" >&2
  exit 2
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/model-smoke.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
body=$folder/body

# stop CATEGORY TEXT CODE: one line, and the end.
stop() {
  echo "$1: $2" >&2
  exit "$3"
}

# ask A|B METHOD PATH [JSON]: $status and the file $body. The token goes to curl through a pipe, where `ps` cannot see it.
ask() {
  case $1 in A) token=$TOKEN_A ;; *) token=$TOKEN_B ;; esac
  asked="$2 $3 as $1"
  set -- "$2" "$API$3" "${4:-}"
  status=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl -K - -sS -q -o "$body" -w '%{http_code}' -X "$1" --connect-timeout 5 --max-time 180 \
      -H 'Accept: application/json' -H 'Content-Type: application/json' ${3:+--data "$3"} "$2" 2>"$folder/curl") ||
    stop connectivity "$asked: $(head -n 1 "$folder/curl")" 3
  case $status in
    401) stop authentication "$asked answered 401: is TOKEN_A or TOKEN_B still valid?" 3 ;;
    402) stop configuration "$asked answered 402: give A enough credits for one job" 3 ;;
    5??) stop processing "$asked answered $status" 1 ;;
  esac
}

# wanted CODES...: ends unless the last answer was one of them.
wanted() {
  for code in "$@"; do
    # shellcheck disable=SC2254  # 2?? is meant as a pattern
    case $status in $code) return 0 ;; esac
  done
  stop configuration "$asked answered $status: does the backend keep the contract?" 3
}

# field NAME...: the first of these fields in the last answer (in `job` or `data` where it is wrapped); empty when none is there.
field() {
  python3 -c '
import json, sys
try: value = json.load(open(sys.argv[1]))
except ValueError: value = {}
for name in ("job", "data"):
    if isinstance(value, dict) and isinstance(value.get(name), dict): value = value[name]
if isinstance(value, dict):
    for name in sys.argv[2:]:
        if isinstance(value.get(name), (str, int)): print(value[name]); break
' "$body" "$@"
}

# lists ID: whether the last answer is a list with that job: yes, no, or none when it is no list.
lists() {
  python3 -c '
import json, sys
try: value = json.load(open(sys.argv[1]))
except ValueError: value = None
if isinstance(value, dict): value = next((value[n] for n in ("jobs", "data", "items", "results") if n in value), None)
ids = [str(one.get("id") or one.get("job_id")) for one in value if isinstance(one, dict)] if isinstance(value, list) else None
print("none" if ids is None else "yes" if sys.argv[2] in ids else "no")
' "$body" "$1"
}

# owner TOKEN: the user id in an access token; empty when it is none.
owner() {
  printf '%s' "$1" | python3 -c '
import base64, json, sys
try:
    part = sys.stdin.read().split(".")[1]
    print(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))).get("sub", ""))
except (IndexError, ValueError): pass
'
}

# stored TOKEN|- PATH: the status with which storage gives bucket/name; the file lands in $folder/file.
stored() {
  where=authenticated/$2
  [ "$1" != - ] || where=public/$2
  if [ "$1" != - ]; then printf 'header = "Authorization: Bearer %s"\n' "$1"; fi |
    curl -K - -sS -q -o "$folder/file" -w '%{http_code}' --connect-timeout 5 --max-time 60 -H "apikey: $SUPABASE_ANON_KEY" \
      "${SUPABASE_URL%/}/storage/v1/object/$where" 2>"$folder/curl" || echo 000
}

looks() { [ -n "${SUPABASE_URL:-}" ] && [ -n "${SUPABASE_ANON_KEY:-}" ]; }

balance() {
  ask A GET /api/credits
  [ "$status" != 200 ] || field balance credits
}

# ended ID: waits until the job has ended; $state is its last word.
ended() {
  state=$(field status)
  rounds=0
  while :; do
    case $state in succeeded | completed | done | failed | error | canceled | cancelled | aborted | refunded) return 0 ;; esac
    rounds=$((rounds + 1))
    [ "$rounds" -le 180 ] || stop processing "job $1 is still '$state' and there is no time left" 1
    sleep 1
    ask A GET "/api/jobs/$1"
    wanted 200
    state=$(field status)
  done
}

echo "bootstrap: open a profile for A and for B"
ask A POST /api/profile/bootstrap '{}'
wanted '2??' 409
a=$(owner "$TOKEN_A")
[ -n "$a" ] || a=$(field user_id id)
ask B POST /api/profile/bootstrap '{}'
wanted '2??' 409
b=$(owner "$TOKEN_B")
[ -n "$b" ] || b=$(field user_id id)
if [ -z "$a" ] || [ -z "$b" ]; then
  stop authentication "a token does not say whose it is, and neither does the backend" 3
fi
[ "$a" != "$b" ] || stop configuration "TOKEN_A and TOKEN_B belong to the same user; isolation needs two users" 3

echo "input: look whether A's input is there"
input=uploads/$a/in.png
if looks; then
  [ "$(stored "$TOKEN_A" "$input")" = 200 ] ||
    stop configuration "$input does not exist, or A cannot read it; sign in as A and upload a picture as '$a/in.png' into the bucket 'uploads'" 3
  cp "$folder/file" "$folder/input"
else
  echo "  not looked at: SUPABASE_URL and SUPABASE_ANON_KEY are not set"
fi

echo "create: create a job as A"
ask A POST /api/jobs "{\"kind\": \"restore\", \"input_path\": \"$input\"}"
wanted '2??'
job=$(field id job_id)
case $job in
  '') stop processing "$asked answered $status without an \`id\`" 1 ;;
  *[!A-Za-z0-9_-]*) stop processing "$asked answered with an \`id\` that no path can hold" 1 ;;
esac

echo "run: run it: it succeeds and costs its price once"
before=$(balance)
ask A POST "/api/jobs/$job/run" '{}'
wanted '2??'
ended "$job"
case $state in succeeded | completed | done) ;; *) stop processing "the job ended '$state' instead of 'succeeded'" 1 ;; esac
after=$(balance)
if [ -n "$before" ] && [ -n "$after" ]; then
  [ $((before - after)) -eq "$PRICE" ] ||
    stop processing "a job of kind 'restore' took $((before - after)) credits from A; its price is $PRICE" 1
else
  echo "  the charge is not judged: /api/credits names no balance"
fi

echo "rerun: run it again: nothing is charged"
ask A POST "/api/jobs/$job/run" '{}'
wanted '2??' 409
again=$(balance)
[ "$again" = "$after" ] || stop processing "the second run of a job that had succeeded was charged again" 1

echo "output: look at the output: in A's folder, readable, a picture"
ask A GET "/api/jobs/$job"
wanted 200
output=$(field output_path output)
case $output in
  '') stop processing "the job succeeded and names no \`output_path\`" 1 ;;
  *..* | *//*) stop security "A's output is '$output', which is not a file below 'outputs/$a/'" 1 ;;
  "outputs/$a/"?*) ;;
  *) stop security "A's output is '${output%%\?*}', which is not a file below 'outputs/$a/'" 1 ;;
esac
if looks; then
  [ "$(stored "$TOKEN_A" "$output")" = 200 ] || stop processing "A's output '$output' is not there for A to read" 1
  python3 -c '
import sys
head = open(sys.argv[1], "rb").read(16)
good = head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM")) or head[8:12] == b"WEBP" or head[4:12] in (b"ftypavif", b"ftypheic")
sys.exit(not good)
' "$folder/file" || stop processing "A's output '$output' is no picture" 1
  if cmp -s "$folder/file" "$folder/input"; then stop processing "A's output '$output' is the input once more" 1; fi
else
  echo "  not looked at: SUPABASE_URL and SUPABASE_ANON_KEY are not set"
fi

echo "isolation: look as B: A's job and output do not show"
ask A GET /api/jobs
wanted 200
[ "$(lists "$job")" = yes ] || stop processing "$asked does not list A's own job, so B's list proves nothing" 1
ask B GET /api/jobs
wanted 200
case $(lists "$job") in
  yes) stop security "B's list of jobs shows a job of A" 1 ;;
  none) stop processing "$asked answered with no list" 1 ;;
esac
ask B GET "/api/jobs/$job"
if [ "$status" = 200 ] && [ "$(field id job_id)" = "$job" ]; then stop security "B opened a job of A by its id" 1; fi
if looks; then
  if [ "$(stored "$TOKEN_B" "$output")" = 200 ] || [ "$(stored - "$output")" = 200 ]; then
    stop security "B, or anybody at all, downloads A's output from storage" 1
  fi
else
  echo "  not looked at: SUPABASE_URL and SUPABASE_ANON_KEY are not set"
fi

echo "MODEL SMOKE OK"
