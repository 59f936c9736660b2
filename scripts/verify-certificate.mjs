#!/usr/bin/env node
// Verifies a certificate of the gate with Node alone, where the gate itself is not installed. Says the same as `gate verify`.
//
//   node verify-certificate.mjs [CERTIFICATE] [--keys DIR] [--commit SHA] [--tree SHA] [--environment NAME]
//        [--require CHECKS] [--max-age HOURS] [--image DIGEST] [--accept-rehearsal] [--allow-dirty]
//
// Ends with 0 verified, 1 refused, 2 usage, 3 no certificate or no key that could be read.

import { createPublicKey, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const TYPE = "application/vnd.in-toto+json";
const RELEASE = "https://supagate.dev/release/v1";
const CHECKS = ["audit", "scan", "rls", "smoke"];
const LARGEST = 1 << 20;
const GRACE = 300_000; // milliseconds by which two clocks may differ
const COMMIT_VARIABLES = [
  "RENDER_GIT_COMMIT", "RAILWAY_GIT_COMMIT_SHA", "VERCEL_GIT_COMMIT_SHA", "HEROKU_BUILD_COMMIT", "HEROKU_SLUG_COMMIT",
  "SOURCE_VERSION", "COMMIT_REF", "GITHUB_SHA", "CI_COMMIT_SHA",
];

class End extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}
const refuse = (text) => { throw new End(1, `refused: ${text}`); };
const misused = (text) => { throw new End(2, `verify-certificate: ${text}`); };
const missing = (text) => { throw new End(3, `verify-certificate: ${text}`); };

function options(words) {
  const found = {
    certificate: "gate-certificate.json", keys: "gate-keys", environment: "production", require: CHECKS.join(","), "max-age": "24",
  };
  const named = new Set(["keys", "commit", "tree", "environment", "require", "max-age", "image"]);
  const flags = new Set(["accept-rehearsal", "allow-dirty"]);
  while (words.length) {
    const word = words.shift();
    const name = word.replace(/^--/, "");
    if (word.startsWith("--") && flags.has(name)) found[name] = true;
    else if (word.startsWith("--") && named.has(name) && words.length) found[name] = words.shift();
    else if (word.startsWith("-")) misused(`no option ${word}, or it lacks its value`);
    else found.certificate = word;
  }
  found.checks = found.require.split(",").map((check) => check.trim()).filter(Boolean);
  if (!found.checks.length || !found.checks.every((check) => CHECKS.includes(check))) misused(`--require: known are ${CHECKS}`);
  found.hours = Number(found["max-age"]);
  if (!(found.hours > 0)) misused("--max-age must be hours above zero");
  found.commit ??= COMMIT_VARIABLES.map((name) => process.env[name]).find(Boolean);
  if (!found.commit) misused("nothing says which commit is deployed: give --commit");
  return found;
}

function keys(folder) {
  try {
    const files = readdirSync(folder).filter((name) => /\.(pub|revoked)\.pem$/.test(name)).sort();
    if (!files.some((name) => name.endsWith(".pub.pem"))) missing(`no public key (*.pub.pem) in ${folder}`);
    const found = files.map((name) => {
      const key = createPublicKey(readFileSync(join(folder, name)));
      if (key.asymmetricKeyType !== "ed25519") missing(`${name} is a key of another kind`);
      return { id: name.replace(/\.(pub|revoked)\.pem$/, ""), key, revoked: name.endsWith(".revoked.pem") };
    });
    // A key that is revoked is so under every name. Those that may sign come first.
    for (const one of found) one.revoked ||= found.some((other) => other.revoked && other.key.equals(one.key));
    return found.sort((one, other) => one.revoked - other.revoked);
  } catch (fault) {
    if (fault instanceof End) throw fault;
    return missing(`cannot read the keys in ${folder}: ${fault.code ?? "not a public key"}`);
  }
}

function decoded(text) {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw new TypeError();
  return Buffer.from(text, "base64"); // takes both alphabets
}

function opened(path) {
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch (fault) {
    missing(`no certificate: cannot read ${path}: ${fault.code}`);
  }
  try {
    if (bytes.length > LARGEST) throw new TypeError();
    const held = JSON.parse(bytes.toString("utf8"));
    if (typeof held.payloadType !== "string") throw new TypeError();
    return { type: held.payloadType, payload: decoded(held.payload), signatures: held.signatures.map((one) => decoded(one.sig)) };
  } catch {
    return missing("the certificate is not a signed envelope; it may be cut off");
  }
}

function signer(envelope, pinned) {
  const head = `DSSEv1 ${Buffer.byteLength(envelope.type)} ${envelope.type} ${envelope.payload.length} `;
  const signed = Buffer.concat([Buffer.from(head), envelope.payload]);
  return pinned.find(({ key }) => envelope.signatures.some((one) => one.length === 64 && verify(null, signed, key, one)));
}

function time(text) {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) || Number.isNaN(Date.parse(text))) throw new TypeError();
  return Date.parse(text);
}

function judge(said, wanted) {
  const predicate = said.predicate;
  const release = predicate[RELEASE];
  if (said._type !== "https://in-toto.io/Statement/v1" || said.predicateType !== "https://slsa.dev/verification_summary/v1")
    refuse("it is a statement of another kind");
  if (predicate.verifier.id !== "https://supagate.dev/gate") refuse("another verifier than this gate speaks in it");
  const digests = said.subject.flatMap((subject) => Object.entries(subject.digest).map(([kind, value]) => `${kind}:${value}`));
  const asked = [["gitCommit", "commit", wanted.commit], ["gitTree", "tree", wanted.tree], ["sha256", "image", wanted.image]];
  for (const [kind, word, value] of asked) {
    const digest = value?.toLowerCase().replace(/^sha256:/, "");
    if (digest !== undefined && !digests.includes(`${kind}:${digest}`)) refuse(`it speaks of another ${word} than ${digest.slice(0, 12)}`);
  }
  const environment = predicate.resourceUri.slice(predicate.resourceUri.lastIndexOf("#") + 1);
  if (environment !== wanted.environment && !(wanted["accept-rehearsal"] && environment === "rehearsal"))
    refuse(`it is for '${environment.slice(0, 40)}', not for '${wanted.environment}'`);
  if (predicate.verificationResult !== "PASSED" || release.exitCode !== 0) refuse(`the gate said NO-GO (code ${Number(release.exitCode)})`);
  const allowed = ["GATE_RELEASE"];
  if (wanted["accept-rehearsal"]) allowed.push("GATE_REHEARSAL");
  if (wanted["allow-dirty"]) allowed.push("GATE_DIRTY");
  const levels = predicate.verifiedLevels;
  const known = {
    GATE_REHEARSAL: "it is of a rehearsal on stand-ins, and a real run is asked for",
    GATE_DIRTY: "the files that were judged are not those of the commit",
  };
  if (levels.length !== 1 || !allowed.includes(levels[0])) refuse(known[levels[0]] ?? "its level is not known");
  if (release.dirty !== false && !wanted["allow-dirty"]) refuse(known.GATE_DIRTY);
  for (const check of wanted.checks)
    if (release.checks[check] !== "passed") refuse(`${check} did not pass: ${String(release.checks[check] ?? "not there").slice(0, 40)}`);
  const judged = time(predicate.timeVerified);
  const expires = time(release.expires);
  const now = Date.now();
  if (judged > now + GRACE) refuse("it was made in the future; check the clocks");
  if (now >= expires) refuse(`it expired at ${release.expires}`);
  if (now - judged > wanted.hours * 3_600_000) refuse(`it is older than ${wanted.hours} hours`);
  return `${levels[0]}, judged ${predicate.timeVerified}, until ${release.expires}`;
}

function main() {
  const wanted = options(process.argv.slice(2));
  const pinned = keys(wanted.keys);
  const envelope = opened(wanted.certificate);
  const found = signer(envelope, pinned);
  if (!found) refuse("it is not signed by any of the pinned keys");
  if (found.revoked) refuse(`the key that signed it, ${found.id}, is revoked`);
  if (envelope.type !== TYPE) refuse("it is signed, but it is no in-toto statement");
  try {
    console.log(`verified: ${judge(JSON.parse(envelope.payload.toString("utf8")), wanted)}, signed by ${found.id}`);
  } catch (fault) {
    if (fault instanceof End) throw fault;
    refuse("it does not say all that a certificate of this gate says");
  }
}

try {
  main();
} catch (fault) {
  console.error(fault instanceof End ? fault.message : `verify-certificate: ${fault.name}`);
  process.exitCode = fault instanceof End ? fault.code : 3;
}
