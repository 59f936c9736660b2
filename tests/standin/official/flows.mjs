// The documented flows of the official JavaScript client; prints what came as JSON.
import { createServer } from "node:http";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const Replicate = createRequire(`${process.env.CLIENT}/`)("replicate");
const { validateWebhook } = Replicate;
const GFPGAN = "0fbacf7afc6c144e5be9767cff80f25aff23e52b0708f17e20f9879b2f21516c";
const input = { img: "https://files.example/in.png" };
const picture = readFileSync(0);
const replicate = new Replicate({ auth: process.env.REPLICATE_API_TOKEN, baseUrl: process.env.REPLICATE_BASE_URL });
const seen = {};

const made = await replicate.predictions.create({ version: GFPGAN, input });
seen.create = made.status;
const ended = await replicate.wait(made, { interval: 10 });
seen.wait = [ended.status, ended.metrics.total_time > 0];
seen.run = String(await replicate.run(`tencentarc/gfpgan:${GFPGAN}`, { input })).includes("/__outputs/");
const polled = { input: { prompt: "a gate" }, wait: { mode: "poll", interval: 10 } };
seen.runOfficial = String(await replicate.run("black-forest-labs/flux-schnell", polled)).includes("/__outputs/");
seen.get = (await replicate.predictions.get(made.id)).id === made.id;
for (let one = 0; one < 100; one++) await replicate.predictions.create({ version: GFPGAN, input });
const listed = [];
for await (const page of replicate.paginate(replicate.predictions.list)) listed.push(...page.map((one) => one.id));
seen.list = [listed.length, new Set(listed).size, listed.at(-1) === made.id];
const stopped = await replicate.predictions.create({ version: GFPGAN, input });
seen.cancel = (await replicate.predictions.cancel(stopped.id)).status;

const kept = await replicate.files.create(new File([picture], "in.png", { type: "image/png" }), { job: 7 });
const found = await replicate.files.get(kept.id);
const files = (await replicate.files.list()).results.map((one) => one.id);
seen.files = [found.name, found.size === picture.length, found.metadata.job, files.length, await replicate.files.delete(kept.id)];
const uploaded = await replicate.predictions.create({ version: GFPGAN, input: { img: picture } });
seen.fileAsInput = (await replicate.wait(uploaded, { interval: 10 })).status;

const model = await replicate.models.get("nightmareai", "real-esrgan");
const versions = await replicate.models.versions.list("nightmareai", "real-esrgan");
const version = await replicate.models.versions.get("nightmareai", "real-esrgan", model.latest_version.id);
seen.models = [model.name, versions.results.length, version.openapi_schema.components.schemas.Input.required];
const deployment = await replicate.deployments.get("stand-in", "restore");
const deployed = await replicate.deployments.predictions.create("stand-in", "restore", { input });
seen.deployments = [
  deployment.name,
  (await replicate.deployments.list()).results.length,
  (await replicate.wait(deployed, { interval: 10 })).status,
];
seen.account = (await replicate.accounts.current()).username;
seen.refusal = await replicate.predictions.create({ version: GFPGAN, input: {} }).catch((fault) => fault.response.status);

const secret = (await replicate.webhooks.default.secret.get()).key;
const hooks = [];
const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const url = `http://127.0.0.1${request.url}`;
  const body = Buffer.concat(pieces).toString();
  const signed = (text) => new Request(url, { method: "POST", headers: request.headers, body: text });
  hooks.push(await validateWebhook(signed(body), secret), await validateWebhook(signed(`${body} `), secret));
  response.end();
  server.emit("validated");
}).listen(0, "127.0.0.1");
await once(server, "listening");
const validated = once(server, "validated");
const webhook = `http://127.0.0.1:${server.address().port}/hook`;
await replicate.predictions.create({ version: GFPGAN, input, webhook, webhook_events_filter: ["completed"] });
await validated;
server.closeAllConnections();
server.close();
seen.webhook = hooks;
console.log(JSON.stringify(seen));
