#!/bin/sh
# Verifies a certificate of the gate with a POSIX shell and openssl alone. Says the same as `gate verify`.
#
#   verify-certificate.sh [CERTIFICATE] [--keys DIR] [--commit SHA] [--tree SHA] [--environment NAME]
#       [--require CHECKS] [--max-age HOURS] [--image DIGEST] [--accept-rehearsal] [--allow-dirty]
#
# Ends with 0 verified, 1 refused, 2 usage, 3 no certificate or no key that could be read.
#
# Nothing of the file is believed before its signature holds. What is signed was written by `gate certify`, with sorted keys and no
# blanks, and a quote inside a value is escaped there: so a comparison to the letter is exact.
# shellcheck disable=SC2015  # refuse and missing end the script
set -eu
LC_ALL=C
export LC_ALL

refuse() { echo "refused: $1" >&2; exit 1; }
misused() { echo "verify-certificate: $1" >&2; exit 2; }
missing() { echo "verify-certificate: $1" >&2; exit 3; }

certificate=gate-certificate.json keys=gate-keys environment=production require=audit,scan,rls,smoke hours=24
commit=${RENDER_GIT_COMMIT:-${RAILWAY_GIT_COMMIT_SHA:-${VERCEL_GIT_COMMIT_SHA:-${HEROKU_BUILD_COMMIT:-}}}}
commit=${commit:-${HEROKU_SLUG_COMMIT:-${SOURCE_VERSION:-${COMMIT_REF:-${GITHUB_SHA:-${CI_COMMIT_SHA:-}}}}}}
tree='' image='' rehearsal='' dirty=''
while [ $# -gt 0 ]; do
  case $1 in
    --keys|--commit|--tree|--environment|--require|--max-age|--image)
      [ $# -gt 1 ] || misused "$1 lacks its value"
      case $1 in
        --keys) keys=$2 ;; --commit) commit=$2 ;; --tree) tree=$2 ;; --environment) environment=$2 ;;
        --require) require=$2 ;; --max-age) hours=$2 ;; --image) image=${2#sha256:} ;;
      esac
      shift 2 ;;
    --accept-rehearsal) rehearsal=yes; shift ;;
    --allow-dirty) dirty=yes; shift ;;
    -*) misused "no option $1" ;;
    *) certificate=$1; shift ;;
  esac
done
[ -n "$commit" ] || misused "nothing says which commit is deployed: give --commit"
case $environment in *[!A-Za-z0-9._-]*|'') misused "--environment takes letters, digits, dots and dashes" ;; esac
case $hours in *[!0-9]*|''|0) misused "--max-age takes whole hours" ;; esac
case $require in *[!a-z,]*|'') misused "--require names checks, as in audit,scan" ;; esac
command -v openssl >/dev/null || missing "openssl is not installed"
ls "$keys"/*.pub.pem >/dev/null 2>&1 || missing "no public key (*.pub.pem) in $keys"
[ -r "$certificate" ] && [ -f "$certificate" ] || missing "no certificate: cannot read $certificate"
[ "$(wc -c <"$certificate")" -le 1048576 ] || missing "the certificate is too large to be one"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
line=$(tr -d '\n\r' <"$certificate")
field() { printf %s "$line" | grep -o "\"$1\" *: *\"[A-Za-z0-9+/=_-]*\"" | sed 's/^.*: *"//; s/"$//'; }
decode() { tr '_-' '/+' | base64 -d 2>/dev/null; }
# A public key in one word. Only Ed25519: another kind would make openssl hash first, and is none of ours.
bare() {
  openssl pkey -pubin -in "$1" -noout -text 2>/dev/null | grep -q '^ED25519 Public-Key' || return 1
  openssl pkey -pubin -in "$1" -outform DER 2>/dev/null | od -An -v -tx1 | tr -d ' \n'; echo
}
field payload | head -n 1 | decode >"$work/payload" || missing "the certificate is not a signed envelope; it may be cut off"
[ -s "$work/payload" ] || missing "the certificate is not a signed envelope; it may be cut off"

type=application/vnd.in-toto+json
{ printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(($(wc -c <"$work/payload")))"; cat "$work/payload"; } >"$work/signed"
# A key that is revoked (NAME.revoked.pem) is so under every name.
revoked=$(for key in "$keys"/*.revoked.pem; do [ ! -f "$key" ] || bare "$key" || exit 1; done) || missing "a revoked key in $keys cannot be read"
signer='' gone=''
for one in $(field sig || true); do
  printf %s "$one" | decode >"$work/sig" || continue
  for key in "$keys"/*.pub.pem "$keys"/*.revoked.pem; do
    [ -f "$key" ] || continue
    mine=$(bare "$key") || missing "$key is no Ed25519 key"
    openssl pkeyutl -verify -rawin -pubin -inkey "$key" -in "$work/signed" -sigfile "$work/sig" >/dev/null 2>&1 || continue
    name=$(basename "$key" .pub.pem)
    case " $(printf %s "$revoked" | tr '\n' ' ') " in *" $mine "*) gone=${name%.revoked.pem} ;; *) signer=$name ;; esac
  done
done
[ -n "$signer" ] || [ -z "$gone" ] || refuse "the key that signed it, $gone, is revoked"
[ -n "$signer" ] || refuse "it is not signed by any of the pinned keys"

said=$(cat "$work/payload")
holds() { case $said in *"$1"*) return 0 ;; esac; return 1; }
value() { printf %s "$said" | sed -n "s/.*$1\([^\"]*\)\".*/\1/p"; }
case $said in '{"_type":"https://in-toto.io/Statement/v1","predicate":{"https://supagate.dev/release/v1":{"checks":{'*) ;;
  *) refuse "it does not say all that a certificate of this gate says" ;; esac
holds '"predicateType":"https://slsa.dev/verification_summary/v1"' || refuse "it is a statement of another kind"
holds '"verifier":{"id":"https://supagate.dev/gate",' || refuse "another verifier than this gate speaks in it"
low() { printf %s "$1" | tr A-F a-f; }
holds "{\"digest\":{\"gitCommit\":\"$(low "$commit")\"}" || refuse "it speaks of another commit than $(printf %.12s "$commit")"
[ -z "$tree" ] || holds "{\"digest\":{\"gitTree\":\"$(low "$tree")\"}" || refuse "it speaks of another tree than $(printf %.12s "$tree")"
[ -z "$image" ] || holds "{\"digest\":{\"sha256\":\"$(low "$image")\"}" || refuse "it speaks of another image than $(printf %.12s "$image")"
holds "#$environment\",\"slsaVersion\":" || { [ -n "$rehearsal" ] && holds '#rehearsal","slsaVersion":'; } ||
  refuse "it is not for '$environment'"
holds '"verificationResult":"PASSED"' && holds '"exitCode":0,' || refuse "the gate said NO-GO"
if holds '"verifiedLevels":["GATE_RELEASE"]'; then level=GATE_RELEASE
elif holds '"verifiedLevels":["GATE_REHEARSAL"]'; then level=GATE_REHEARSAL
  [ -n "$rehearsal" ] || refuse "it is of a rehearsal on stand-ins, and a real run is asked for"
elif holds '"verifiedLevels":["GATE_DIRTY"]' && [ -n "$dirty" ]; then level=GATE_DIRTY
elif holds '"verifiedLevels":["GATE_DIRTY"]'; then refuse "the files that were judged are not those of the commit"
else refuse "its level is not known"; fi
holds '"dirty":false,' || [ -n "$dirty" ] || refuse "the files that were judged are not those of the commit"
checks=${said#*'"checks":{'}
checks=${checks%%\}*}
for check in $(printf %s "$require" | tr ',' ' '); do
  case $check in audit|scan|rls|smoke) ;; *) misused "--require names $check, which is no check" ;; esac
  case ",$checks," in *",\"$check\":\"passed\","*) ;; *) refuse "$check did not pass" ;; esac
done

# Seconds since 1970 of a UTC time: `date -d` is not everywhere.
seconds() {
  printf '%s\n' "$1" | awk -F'[-T:Z]' 'NF == 7 { y = $1; m = $2; if (m <= 2) { y--; m += 12 }
    printf "%d", (365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + $3 - 719469) * 86400 + $4 * 3600 + $5 * 60 + $6 }'
}
judged=$(seconds "$(value '"timeVerified":"')") expires=$(seconds "$(value '"expires":"')") now=$(date +%s)
[ -n "$judged" ] && [ -n "$expires" ] || refuse "it does not say all that a certificate of this gate says"
[ "$judged" -le $((now + 300)) ] || refuse "it was made in the future; check the clocks"
[ "$now" -lt "$expires" ] || refuse "it expired at $(value '"expires":"')"
[ $((now - judged)) -le $((hours * 3600)) ] || refuse "it is older than $hours hours"
echo "verified: $level, judged $(value '"timeVerified":"'), until $(value '"expires":"'), signed by $signer"
