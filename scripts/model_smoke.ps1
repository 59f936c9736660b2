# The model smoke without an install: the seven steps of `gate smoke run-all` for Windows PowerShell 5.1 and PowerShell 7.
#
#   $env:MODEL_PROVIDER = 'replicate'; $env:REPLICATE_API_TOKEN = '...'; $env:TOKEN_A = '...'; $env:TOKEN_B = '...'
#   powershell -File model_smoke.ps1        (API defaults to http://localhost:8000)
#
# With SUPABASE_URL and SUPABASE_ANON_KEY the input and the output are looked at in storage as well.
# Ends with MODEL SMOKE OK and 0, or says in one line what is wrong: 1 it does not hold, 2 a setting is missing, 3 cannot say.
# Its syntax and its requests are checked against model_smoke.sh by tests; it has not been run on Windows by them.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
Add-Type -AssemblyName System.Net.Http

# One line, and the end.
function Stop-Smoke([string]$category, [string]$text, [int]$code) {
    [Console]::Error.WriteLine("${category}: $text")
    exit $code
}

$api = 'http://localhost:8000'
if ($env:API) { $api = $env:API.TrimEnd('/') }
$price = 1
if ($env:PRICE) { $price = [int]$env:PRICE }

$missing = @()
if ($env:MODEL_PROVIDER -cne 'replicate') { $missing += 'MODEL_PROVIDER=replicate' }
foreach ($name in @('REPLICATE_API_TOKEN', 'TOKEN_A', 'TOKEN_B')) {
    if (-not [Environment]::GetEnvironmentVariable($name)) { $missing += $name }
}
if ($missing.Count -gt 0) { Stop-Smoke 'configuration' "set $($missing -join ' ')" 2 }
if ($env:TOKEN_A -ceq $env:TOKEN_B) {
    Stop-Smoke 'configuration' 'TOKEN_A and TOKEN_B are the same token; isolation needs two users' 2
}

$handler = New-Object System.Net.Http.HttpClientHandler
$handler.AllowAutoRedirect = $false
$handler.UseProxy = $false
$client = New-Object System.Net.Http.HttpClient($handler)
$client.Timeout = [TimeSpan]::FromSeconds(180)
$looks = [bool]($env:SUPABASE_URL -and $env:SUPABASE_ANON_KEY)
$script:status = 0
$script:asked = ''
$script:body = $null

# Sends one request and returns its status and its bytes; status 0 with the problem in words when no answer came.
function Send-Request([string]$method, [string]$address, $headers, $json) {
    $message = New-Object System.Net.Http.HttpRequestMessage((New-Object System.Net.Http.HttpMethod($method)), $address)
    foreach ($name in $headers.Keys) { [void]$message.Headers.TryAddWithoutValidation($name, $headers[$name]) }
    if ($null -ne $json) {
        $message.Content = New-Object System.Net.Http.StringContent($json, [Text.Encoding]::UTF8, 'application/json')
    }
    try {
        $answer = $client.SendAsync($message).GetAwaiter().GetResult()
        $bytes = $answer.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult()
        return @{ Status = [int]$answer.StatusCode; Bytes = $bytes; Problem = '' }
    }
    catch {
        return @{ Status = 0; Bytes = @(); Problem = $_.Exception.GetBaseException().Message }
    }
}

# Asks the backend as A or B; $script:status and $script:body hold the answer.
function Ask([string]$actor, [string]$method, [string]$path, $json) {
    $token = $env:TOKEN_B
    if ($actor -eq 'A') { $token = $env:TOKEN_A }
    $script:asked = "$method $path as $actor"
    $headers = @{ Authorization = "Bearer $token"; Accept = 'application/json' }
    $answer = Send-Request $method "$api$path" $headers $json
    $script:status = $answer.Status
    $script:body = $null
    try { $script:body = [Text.Encoding]::UTF8.GetString($answer.Bytes) | ConvertFrom-Json }
    catch { $script:body = $null }
    if ($answer.Status -eq 0) { Stop-Smoke 'connectivity' "$script:asked`: $($answer.Problem)" 3 }
    if ($answer.Status -eq 401) {
        Stop-Smoke 'authentication' "$script:asked answered 401: is TOKEN_A or TOKEN_B still valid?" 3
    }
    if ($answer.Status -eq 402) {
        Stop-Smoke 'configuration' "$script:asked answered 402: give A enough credits for one job" 3
    }
    if ($answer.Status -ge 500) { Stop-Smoke 'processing' "$script:asked answered $script:status" 1 }
}

# Ends unless the last answer was a 2xx or one of these codes.
function Wanted([int[]]$also) {
    if ($script:status -ge 200 -and $script:status -lt 300) { return }
    if ($also -contains $script:status) { return }
    Stop-Smoke 'configuration' "$script:asked answered $script:status`: does the backend keep the contract?" 3
}

# A property of an object; nothing when it has none.
function Get-Property($value, [string]$name) {
    if ($null -eq $value -or $value -isnot [System.Management.Automation.PSCustomObject]) { return $null }
    $found = $value.PSObject.Properties[$name]
    if ($null -eq $found) { return $null }
    return $found.Value
}

# The first of these fields in the last answer, also where it is wrapped in `job` or `data`; '' when none is there.
function Get-Field([string[]]$names) {
    $value = $script:body
    foreach ($name in @('job', 'data')) {
        $inner = Get-Property $value $name
        if ($inner -is [System.Management.Automation.PSCustomObject]) { $value = $inner }
    }
    foreach ($name in $names) {
        $found = Get-Property $value $name
        if ($found -is [string] -or $found -is [int] -or $found -is [long]) { return [string]$found }
    }
    return ''
}

# Whether the last answer is a list with that job: yes, no, or none when it is no list.
function Find-Job([string]$id) {
    $value = $script:body
    foreach ($name in @('jobs', 'data', 'items', 'results')) {
        $inner = Get-Property $script:body $name
        if ($null -ne $inner) { $value = $inner; break }
        $wrapped = $script:body -is [System.Management.Automation.PSCustomObject] -and $script:body.PSObject.Properties[$name]
        if ($wrapped) { return 'no' }
    }
    if ($value -is [System.Management.Automation.PSCustomObject] -and $null -eq (Get-Property $value 'id')) { return 'none' }
    foreach ($one in @($value)) {
        if ((Get-Property $one 'id') -eq $id -or (Get-Property $one 'job_id') -eq $id) { return 'yes' }
    }
    return 'no'
}

# The user id in an access token; '' when it is none.
function Get-Owner([string]$token) {
    $parts = $token.Split('.')
    if ($parts.Count -lt 2) { return '' }
    $part = $parts[1].Replace('-', '+').Replace('_', '/')
    $part = $part.PadRight([int](4 * [Math]::Ceiling($part.Length / 4)), '=')
    try { return [string](Get-Property ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($part)) | ConvertFrom-Json) 'sub') }
    catch { return '' }
}

# What storage gives as bucket/name, to the bearer of a token or, without one, to the public.
function Get-Stored([string]$token, [string]$path) {
    $headers = @{ apikey = $env:SUPABASE_ANON_KEY }
    $where = 'public'
    if ($token) { $where = 'authenticated'; $headers['Authorization'] = "Bearer $token" }
    return Send-Request 'GET' "$($env:SUPABASE_URL.TrimEnd('/'))/storage/v1/object/$where/$path" $headers $null
}

# Whether the bytes begin as PNG, JPEG, GIF, BMP, WebP or AVIF files do.
function Test-Picture([byte[]]$bytes) {
    if ($bytes.Length -lt 12) { return $false }
    $head = [BitConverter]::ToString($bytes, 0, 12)
    return $head -match '^(89-50-4E-47-0D-0A-1A-0A|FF-D8-FF|47-49-46-38|42-4D)|57-45-42-50$|66-74-79-70-(61-76-69-66|68-65-69-63)$'
}

function Get-Balance {
    Ask A GET '/api/credits'
    if ($script:status -ne 200) { return '' }
    return Get-Field @('balance', 'credits')
}

$good = @('succeeded', 'completed', 'done')
$ends = $good + @('failed', 'error', 'canceled', 'cancelled', 'aborted', 'refunded')

Write-Output "bootstrap: open a profile for A and for B"
Ask A POST '/api/profile/bootstrap' '{}'
Wanted @(409)
$a = Get-Owner $env:TOKEN_A
if (-not $a) { $a = Get-Field @('user_id', 'id') }
Ask B POST '/api/profile/bootstrap' '{}'
Wanted @(409)
$b = Get-Owner $env:TOKEN_B
if (-not $b) { $b = Get-Field @('user_id', 'id') }
if (-not $a -or -not $b) {
    Stop-Smoke 'authentication' 'a token does not say whose it is, and neither does the backend' 3
}
if ($a -ceq $b) { Stop-Smoke 'configuration' 'TOKEN_A and TOKEN_B belong to the same user; isolation needs two users' 3 }

Write-Output "input: look whether A's input is there"
$source = "uploads/$a/in.png"
$given = $null
if ($looks) {
    $given = Get-Stored $env:TOKEN_A $source
    if ($given.Status -ne 200) {
        Stop-Smoke 'configuration' "$source does not exist, or A cannot read it; sign in as A and upload a picture as '$a/in.png' into the bucket 'uploads'" 3
    }
}
else { Write-Output '  not looked at: SUPABASE_URL and SUPABASE_ANON_KEY are not set' }

Write-Output "create: create a job as A"
Ask A POST '/api/jobs' "{`"kind`": `"restore`", `"input_path`": `"$source`"}"
Wanted @()
$job = Get-Field @('id', 'job_id')
if (-not $job) { Stop-Smoke 'processing' "$script:asked answered $script:status without an ``id``" 1 }
if ($job -notmatch '^[A-Za-z0-9_-]+$') { Stop-Smoke 'processing' "$script:asked answered with an ``id`` that no path can hold" 1 }

Write-Output "run: run it: it succeeds and costs its price once"
$before = Get-Balance
Ask A POST "/api/jobs/$job/run" '{}'
Wanted @()
$state = Get-Field @('status')
$rounds = 0
while ($ends -notcontains $state) {
    $rounds += 1
    if ($rounds -gt 180) { Stop-Smoke 'processing' "job $job is still '$state' and there is no time left" 1 }
    Start-Sleep -Seconds 1
    Ask A GET "/api/jobs/$job"
    Wanted @()
    $state = Get-Field @('status')
}
if ($good -notcontains $state) { Stop-Smoke 'processing' "the job ended '$state' instead of 'succeeded'" 1 }
$after = Get-Balance
if ($before -and $after) {
    $spent = [int]$before - [int]$after
    if ($spent -ne $price) { Stop-Smoke 'processing' "a job of kind 'restore' took $spent credits from A; its price is $price" 1 }
}
else { Write-Output '  the charge is not judged: /api/credits names no balance' }

Write-Output "rerun: run it again: nothing is charged"
Ask A POST "/api/jobs/$job/run" '{}'
Wanted @(409)
$again = Get-Balance
if ($again -cne $after) { Stop-Smoke 'processing' 'the second run of a job that had succeeded was charged again' 1 }

Write-Output "output: look at the output: in A's folder, readable, a picture"
Ask A GET "/api/jobs/$job"
Wanted @()
$output = Get-Field @('output_path', 'output')
if (-not $output) { Stop-Smoke 'processing' "the job succeeded and names no ``output_path``" 1 }
$inside = $output.StartsWith("outputs/$a/", [StringComparison]::Ordinal) -and $output.Length -gt "outputs/$a/".Length
if (-not $inside -or $output.Contains('..') -or $output.Contains('//')) {
    $plain = $output.Split('?')[0]
    Stop-Smoke 'security' "A's output is '$plain', which is not a file below 'outputs/$a/'" 1
}
if ($looks) {
    $made = Get-Stored $env:TOKEN_A $output
    if ($made.Status -ne 200) { Stop-Smoke 'processing' "A's output '$output' is not there for A to read" 1 }
    if (-not (Test-Picture $made.Bytes)) { Stop-Smoke 'processing' "A's output '$output' is no picture" 1 }
    if ([Convert]::ToBase64String($made.Bytes) -ceq [Convert]::ToBase64String($given.Bytes)) {
        Stop-Smoke 'processing' "A's output '$output' is the input once more" 1
    }
}
else { Write-Output '  not looked at: SUPABASE_URL and SUPABASE_ANON_KEY are not set' }

Write-Output "isolation: look as B: A's job and output do not show"
Ask A GET '/api/jobs'
Wanted @()
if ((Find-Job $job) -ne 'yes') { Stop-Smoke 'processing' "$script:asked does not list A's own job, so B's list proves nothing" 1 }
Ask B GET '/api/jobs'
Wanted @()
$listed = Find-Job $job
if ($listed -eq 'yes') { Stop-Smoke 'security' "B's list of jobs shows a job of A" 1 }
if ($listed -eq 'none') { Stop-Smoke 'processing' "$script:asked answered with no list" 1 }
Ask B GET "/api/jobs/$job"
if ($script:status -eq 200 -and (Get-Field @('id', 'job_id')) -ceq $job) { Stop-Smoke 'security' 'B opened a job of A by its id' 1 }
if ($looks) {
    $theirs = Get-Stored $env:TOKEN_B $output
    $public = Get-Stored '' $output
    if ($theirs.Status -eq 200 -or $public.Status -eq 200) {
        Stop-Smoke 'security' "B, or anybody at all, downloads A's output from storage" 1
    }
}
else { Write-Output '  not looked at: SUPABASE_URL and SUPABASE_ANON_KEY are not set' }

Write-Output 'MODEL SMOKE OK'
