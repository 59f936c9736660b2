#!/bin/sh
# A deploy hook: lets the release pass only with a certificate for this very commit. Everything but GO ends with another code than 0.
#
#   scripts/predeploy.sh                                 the gate is installed: `gate verify`
#   scripts/predeploy.sh --environment staging --accept-rehearsal --require audit,scan,rls
#   GATE_RUN=1 scripts/predeploy.sh                      no certificate that holds: run the gate now, here
#
# Where the gate is not installed, the verifier that needs only openssl takes its place. GATE_RUN needs the gate itself.
set -eu
here=$(dirname "$0")
code=0
if command -v gate >/dev/null 2>&1; then
  gate verify "$@" || code=$?
else
  sh "$here/verify-certificate.sh" "$@" || code=$?
fi
if [ "$code" -ne 0 ] && [ "${GATE_RUN:-}" = 1 ]; then
  echo "predeploy: no certificate that holds (code $code); running the gate" >&2
  exec gate run
fi
exit "$code"
