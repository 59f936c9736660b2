# A deploy hook for Windows PowerShell 5.1 and PowerShell 7: lets the release pass only with a certificate for this very commit.
#
#   scripts/predeploy.ps1
#   scripts/predeploy.ps1 --environment staging --accept-rehearsal
#
# Takes the words of `gate verify`. With GATE_RUN=1 the gate is run where no certificate holds. Everything but GO ends with
# another code than 0.
$ErrorActionPreference = 'Stop'

if (-not (Get-Command gate -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine('predeploy: the gate is not installed: pip install supagate')
    exit 3
}
& gate verify @args
$code = $LASTEXITCODE
if ($code -ne 0 -and $env:GATE_RUN -eq '1') {
    [Console]::Error.WriteLine("predeploy: no certificate that holds (code $code); running the gate")
    & gate run
    $code = $LASTEXITCODE
}
if ($null -eq $code) { $code = 3 }
exit $code
