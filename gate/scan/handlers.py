"""Finds functions of a server that use the service key for whoever calls them, and never ask who that is."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from posixpath import dirname, join

from gate.scan.browser import TEST, USE_SERVER
from gate.scan.exposure import Exposure, Way
from gate.scan.program import Program, Reach
from gate.scan.script import ALL, DEFAULT, QUIET, Module, Part, reached

# Where frameworks look for functions that answer requests, one for each export or one for each file.
BY_EXPORT = re.compile(r"(?:^|/)app/(?:.*/)?route\.[jt]sx?$|(?:^|/)\+server\.[jt]s$|\+api\.[jt]sx?$")
BY_FILE = re.compile(
    r"(?:^|/)supabase/functions/(?!_)[^/]+/index\.[jt]sx?$|(?:^|/)pages/api/.*\.[jt]s$|(?:^|/)server/(?:api|routes)/.*\.[jt]s$"
    r"|(?:^|/)netlify/functions/.*\.[jt]s$|^api/.*\.[jt]s$"
)
BY_CALL = re.compile(r"\b(?:app|router|server|fastify|api)\.(?:get|post|put|patch|delete|all)\s*\(\s*[\"'`]/")
BEGINS = re.compile(
    r"\bDeno\.serve\s*\(|\bserve\s*\(|\bexport\s+default\b|\bexport\s+(?:const|async\s+function|function)\s+handler\b"
)
INPUT = re.compile(
    r"\b(?:req|request|_req|r|event|c\.req|ctx\.request)\b\s*\??\.\s*(?:clone\(\)\.)?(?:json|text|formData|body|query|params|valid|arrayBuffer|param|queries)\b"
    r"|\bsearchParams\b|\bparams\b|\breadBody\b|\bgetQuery\b|\bgetRouterParam"
)
TAKES = re.compile(r"[^(]*\(\s*[\w{\[]")  # a server action's arguments are whatever the caller sends
_HEADER = r"[\w-]*(?:authorization|signature|secret|token|api-?key|hmac|x-[\w-]*key)[\w-]*"
CHECKS = re.compile(
    # Who is it, by the session or the token
    r"\b(?:getUser|getUserById|getClaims|getSession|getServerSession|currentUser|getAuth|getToken|auth|authenticate|authorize)\w*\s*\("
    r"|\b(?:require|check|assert|ensure|verify|validate|authenticate|authorize|protect|guard|with|is|has|can|load)_?(?:\w*_?)(?:Auth|User|Admin|Session|Permission|Role|Access|Member|Owner|Token|Signature|Caller|Login|Secret|Jwt|JWT|Cron|Webhook|Request|auth|user|admin|session|token|signature|secret)\w*\s*\("
    r"|\b(?:protected|authed|private|admin)(?:Procedure|Route|Action)\b|\bauth\w*(?:Action|Procedure|Route|Handler|Middleware|Guard)\w*|\benhance(?:Action|RouteHandler)\b"
    # A header that only some can send
    rf"|\bheaders?\b(?:\(\))?\)?\s*(?:\??\.\s*(?:get\s*\(\s*[\"'`])?|\[\s*[\"'`]|\(\s*[\"'`]){_HEADER}\b|\bgetHeader\s*\([^,)]*,\s*[\"'`]{_HEADER}\b|\b{_HEADER}\b[\"'`]?\s*\]?\s*[!=]==?|[!=]==?\s*[^;\n]{{0,60}}(?:SECRET|TOKEN|API_KEY|PASSWORD)\b"
    # A signature, a password, a puzzle, a link that cannot be guessed
    r"|\bconstructEvent|\btimingSafeEqual|\bcreateHmac|\bsubtle\s*\.\s*(?:verify|sign)|\bjwtVerify|\bverify\w*\s*\(|\bsignInWith\w+|\bexchangeCodeForSession|\bverifyOtp"
    r"|turnstile|captcha|\.eq\(\s*[\"'][\w.]*(?:token|secret|code|hash|invite|otp|pin)\w*[\"']|\b(?:CRON|WEBHOOK|INTERNAL|SHARED|ADMIN|HOOK)_\w*(?:SECRET|TOKEN|KEY|PASSWORD)",
    re.IGNORECASE,
)
# A client of either kind, by the wish of whoever makes it; and such a wish.
EITHER = re.compile(
    r"\bif\s*\(\s*[\w.?]*\b(?:is|use|as)?_?(?:admin|service\w*)\b|\b(?:is|use|as)?_?(?:admin|service\w*)\s*\?[^.?]",
    re.IGNORECASE,
)
WISH = re.compile(r"\b\w*(?:admin|service)\w*\s*:\s*true|\(\s*[\"'](?:admin|service(?:[-_]?role)?)[\"']", re.IGNORECASE)
TURNS_AWAY = re.compile(r"redirect|40[13]\b")
DEEP = 3  # modules from the function to the one that asks


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that answers requests: its text without comments, and where it begins."""

    module: Module
    parts: tuple[Part, ...]
    offset: int
    action: bool


def unasked(program: Program, readers: Mapping[str, Sequence[tuple[str, int]]]) -> Iterator[tuple[str, Exposure]]:
    """(path, what it exposes) for each function that takes something from its caller, uses the key, and asks for nothing."""
    told: set[tuple[str, int]] = set()
    either = cache(lambda path: EITHER.search(program.module(path).code) is not None)
    for reach in program.reaching(readers, lambda path, _: TEST.search(path) is not None, browser=False):
        if not _answers(reach.path, program.files.read(reach.path)) or _guarded(program, reach.path):
            continue
        module = program.module(reach.path)
        _, tainted = reached(module, reach.seeds, reach.names, browser=False)
        for handler in _handlers(reach.path, module):
            used = module.whole(handler.parts)
            if (reach.path, handler.offset) in told or not tainted.intersection(used):
                continue
            if (
                _wished(program, reach, used, either)
                and _takes(module, handler, used)
                and not _asks(program, reach.path, used, DEEP, set())
            ):
                told.add((reach.path, handler.offset))
                place = module.line(handler.offset), module.column(handler.offset)
                yield reach.path, Exposure(Way.HANDLER, reach.name, *place, reach.chain)


def _answers(path: str, text: str) -> bool:
    return bool(BY_EXPORT.search(path) or BY_FILE.search(path) or USE_SERVER.match(text) or BY_CALL.search(text))


def _handlers(path: str, module: Module) -> Iterator[Handler]:
    action = USE_SERVER.match(module.text) is not None
    if action or BY_EXPORT.search(path):
        for part in module.parts:
            if (part.exported or part.default) and part.later:
                yield Handler(module, (part,), part.start, action)
        return
    begins = BY_CALL.search(module.code) or BEGINS.search(module.code)
    yield Handler(module, module.parts, begins.start() if begins else 0, action=False)


def _wished(program: Program, reach: Reach, used: Sequence[Part], either: Callable[[str], bool]) -> bool:
    """Whether the parts ask for the key, where what makes the client has to be asked for it."""
    makers = [place.rpartition(":")[0] or place for place in reach.chain[1:]]
    if not any(map(either, makers)):
        return True
    text = program.module(reach.path).text
    return any(WISH.search(_uncommented(text[part.start : part.end])) for part in used)


def _takes(module: Module, handler: Handler, used: Sequence[Part]) -> bool:
    """Whether the caller has a say in what the function does."""
    if handler.action:
        return TAKES.match(module.code, handler.parts[0].start, handler.parts[0].end) is not None
    return any(INPUT.search(module.code, part.start, part.end) for part in used)


def _asks(program: Program, path: str, parts: Sequence[Part], deep: int, seen: set[tuple[str, str]]) -> bool:
    """Whether the parts of a module, or what they import, ask who calls."""
    module = program.module(path)
    if any(CHECKS.search(_uncommented(module.text[part.start : part.end])) for part in parts):
        return True
    for one in module.imports if deep else ():
        there = {name for name, here in one.names.items() if any(part in parts for part in module.users.get(here, ()))}
        target = program.files.resolve(path, one.source) if there else None
        fresh = {name for name in there if target and (target, name) not in seen}
        if target and fresh:
            seen |= {(target, name) for name in fresh}
            inner = program.module(target)
            wanted = [p for p in inner.parts if p.names & fresh or (p.default and DEFAULT in fresh) or ALL in fresh]
            if _asks(program, target, inner.whole(wanted), deep - 1, seen):
                return True
    return False


def _guarded(program: Program, path: str) -> bool:
    """Whether a middleware of the same application turns strangers away."""
    folder = dirname(path)
    while True:
        for name in ("middleware", "src/middleware", "proxy", "src/hooks.server", "server/middleware/auth"):
            found = program.files.file(join(folder, name))
            if found:
                module = program.module(found)
                text = _uncommented(module.text)
                return bool(TURNS_AWAY.search(text)) and _asks(program, found, module.parts, DEEP, set())
        if not folder:
            return False
        folder = dirname(folder)


def _uncommented(text: str) -> str:
    return QUIET.sub(lambda met: met.group() if met.group()[0] in "\"'" else " ", text)
