#!/usr/bin/env python3
"""A deploy hook where there is Python and no shell: lets the release pass only with a certificate for this very commit.

Takes the words of `gate verify`. With GATE_RUN=1 in the environment the gate is run where no certificate holds. Ends with 0 for GO
and with another code for everything else.
"""

import os
import shutil
import subprocess
import sys


def main() -> int:
    """Verify, or run the gate; the code of whichever spoke last."""
    gate = shutil.which("gate")
    if gate is None:
        print("predeploy: the gate is not installed: pip install supagate", file=sys.stderr)
        return 3
    code = subprocess.run([gate, "verify", *sys.argv[1:]], check=False).returncode
    if code and os.environ.get("GATE_RUN") == "1":
        print(f"predeploy: no certificate that holds (code {code}); running the gate", file=sys.stderr)
        code = subprocess.run([gate, "run"], check=False).returncode
    # Killed by a signal is a negative number here, and must not become 0 by some shell's arithmetic.
    return code if 0 <= code < 256 else 3


if __name__ == "__main__":
    sys.exit(main())
