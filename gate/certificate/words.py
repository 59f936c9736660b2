"""The fixed words of a certificate, which every verifier compares to the letter."""

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/verification_summary/v1"
VERIFIER = "https://supagate.dev/gate"
RELEASE = "https://supagate.dev/release/v1"  # the name of our own part of the predicate

REAL, REHEARSED, DIRTY, FAILED = "GATE_RELEASE", "GATE_REHEARSAL", "GATE_DIRTY", "FAILED"
REHEARSAL = "rehearsal"  # the environment of which a rehearsal's certificate speaks
LARGEST = 1 << 20  # bytes of a certificate; a real one has two thousand
GRACE = 300  # seconds by which two clocks may differ
HOURS = 24.0  # how long a certificate holds, unless `--valid` says otherwise
KEYS = "gate-keys"  # the folder of public keys in the judged project
SIGNING_KEY = "GATE_SIGNING_KEY"  # the variable with the private key
