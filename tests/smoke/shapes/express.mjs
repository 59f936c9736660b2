// A backend of the shape of many in Express: REST routes of its own, a worker in the same process that polls, 202 at once.
import { createServer } from "node:http";
import { Refused, ask, call, coinsOf, end, find, keep, note, predict, provider, whoever } from "./supabase.mjs";

const TYPES = ["portrait", "poster"];
const STATES = { new: "WAITING", "at work": "WORKING", done: "READY", broken: "BROKEN" };
const PATIENCE = Number(process.env.GIVES_UP) * 1000;
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

const shown = (render) => ({
  uid: render.uid,
  type: render.type,
  state: STATES[render.state],
  result: render.path ? { path: render.path } : null,
  failure: render.state === "broken" ? { cause: render.cause } : null,
});

async function own(user, uid) {
  const [render] = /^[0-9a-f-]{36}$/.test(uid) ? await find(`uid=eq.${uid}&owner=eq.${user}`) : [];
  if (!render) throw new Refused(404, "no such render");
  return render;
}

async function work(render) {
  const until = Date.now() + PATIENCE;
  const made = async () => {
    let prediction = await predict(render);
    await note(render.uid, prediction.id);
    while (!["succeeded", "failed", "canceled", "aborted"].includes(prediction.status)) {
      await pause(0.1);
      const over = Date.now() > until;
      prediction = await provider(`/v1/predictions/${prediction.id}${over ? "/cancel" : ""}`, { method: over ? "POST" : "GET" });
    }
    return keep(render, prediction, "gallery");
  };
  await end(render, made);
}

const ROUTES = [
  ["GET", /^\/healthz$/, async () => [200, {}]],
  ["PUT", /^\/v1\/me$/, async ({ user }) => [200, { coins: await call("open_account", { p_user: user(), p_coins: 40 }) }]],
  ["GET", /^\/v1\/me\/wallet$/, async ({ user }) => [200, { wallet: { coins: await coinsOf(user()) } }]],
  ["GET", /^\/v1\/renders$/, async ({ user }) => [200, { items: (await find(`owner=eq.${user()}`)).map(shown) }]],
  [
    "POST",
    /^\/v1\/renders$/,
    async ({ user, body }) => [201, { data: shown(await ask(user(), body.type, body.source, TYPES, "pictures")) }],
  ],
  ["GET", /^\/v1\/renders\/([^/]+)$/, async ({ user, uid }) => [200, { data: shown(await own(user(), uid)) }]],
  [
    "POST",
    /^\/v1\/renders\/([^/]+)\/start$/,
    async ({ user, uid }) => {
      await own(user(), uid);
      const begun = await call("begin_render", { p_render: uid, p_user: user() });
      const render = await own(user(), uid);
      if (begun) work(render);
      return [202, { data: shown(render) }];
    },
  ],
];

createServer(async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  try {
    let raw = "";
    for await (const piece of request) raw += piece;
    const path = new URL(request.url, "http://here").pathname;
    const [method, route, handle] = ROUTES.find(([verb, form]) => verb === request.method && form.test(path)) ?? [];
    if (!handle) throw new Refused(404, "no such route");
    const known = path === "/healthz" ? "" : await whoever(request.headers.authorization);
    const body = raw ? JSON.parse(raw) : {};
    answer(...(await handle({ user: () => known, uid: route.exec(path)[1], body, method })));
  } catch (problem) {
    if (problem instanceof Refused) answer(problem.status, { message: problem.message });
    else {
      console.error(problem.message);
      answer(500, { message: "something went wrong here" });
    }
  }
}).listen(Number(process.env.PORT), "127.0.0.1");
