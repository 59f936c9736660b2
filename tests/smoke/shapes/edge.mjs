// Supabase Edge Functions: nothing runs between two requests, so the end of a prediction comes by a signed webhook.
import { Refused, ask, call, coinsOf, end, find, keep, note, predict, whoever } from "./supabase.mjs";

const EFFECTS = ["restore", "upscale"];
const PHASES = { new: "draft", "at work": "running", done: "ok", broken: "ko" };
const HOOK = `${Deno.env.get("PUBLIC_URL")}/functions/v1/replicate-webhook`;

const json = (status, body) => Response.json(body, { status });
const shown = (render) => ({
  ref: render.uid,
  effect: render.type,
  phase: PHASES[render.state],
  image: render.path,
  reason: render.cause,
});

async function own(user, ref) {
  const [render] = /^[0-9a-f-]{36}$/.test(ref) ? await find(`uid=eq.${ref}&owner=eq.${user}`) : [];
  if (!render) throw new Refused(404, "no such restoration");
  return render;
}

async function go(user, ref) {
  await own(user, ref);
  if (await call("begin_render", { p_render: ref, p_user: user })) {
    const render = await own(user, ref);
    try {
      const hook = { webhook: `${HOOK}?ref=${ref}`, webhook_events_filter: ["completed"] };
      // The provider ends what takes too long, and tells of it: there is nobody here who could wait.
      await note(ref, (await predict(render, hook, { "cancel-after": `${Deno.env.get("GIVES_UP")}s` })).id);
    } catch (problem) {
      await end(render, () => Promise.reject(problem));
    }
  }
  return json(202, shown(await own(user, ref)));
}

async function genuine(headers, body) {
  const at = Number(headers.get("webhook-timestamp"));
  if (!(Math.abs(Date.now() / 1000 - at) <= 300)) return false;
  const secret = Deno.env.get("REPLICATE_WEBHOOK_SECRET").slice("whsec_".length);
  const raw = Uint8Array.from(atob(secret), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const text = new TextEncoder().encode(`${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.${body}`);
  for (const one of (headers.get("webhook-signature") ?? "").split(" ")) {
    if (!one.startsWith("v1,")) continue;
    const code = Uint8Array.from(atob(one.slice(3)), (letter) => letter.charCodeAt(0));
    if (await crypto.subtle.verify("HMAC", key, code, text)) return true;
  }
  return false;
}

async function webhook(request, ref) {
  const body = await request.text();
  if (!(await genuine(request.headers, body))) return json(401, { message: "not signed by Replicate" });
  const prediction = JSON.parse(body);
  const [render] = await find(`prediction=eq.${encodeURIComponent(prediction.id)}`);
  if (!render || render.uid !== ref) return json(404, { message: "no such prediction here" }); // the address is not signed
  const over = ["succeeded", "failed", "canceled", "aborted"].includes(prediction.status);
  if (render.state === "at work" && over) await end(render, () => keep(render, prediction, "results"));
  return json(200, {});
}

async function handle(request) {
  const url = new URL(request.url);
  const [name, ref, deed] = url.pathname.replace("/functions/v1/", "").split("/");
  if (name === "replicate-webhook") return webhook(request, url.searchParams.get("ref"));
  const user = await whoever(request.headers.get("authorization"));
  switch (`${request.method} ${name}${ref ? "/ref" : ""}${deed ? `/${deed}` : ""}`) {
    case "POST account":
      return json(200, { left: await call("open_account", { p_user: user, p_coins: 30 }) });
    case "GET account":
      return json(200, { left: await coinsOf(user) });
    case "GET restorations":
      return json(200, { results: (await find(`owner=eq.${user}`)).map(shown) });
    case "POST restorations": {
      const { effect, file } = await request.json();
      return json(201, shown(await ask(user, effect, file, EFFECTS, "inbox")));
    }
    case "GET restorations/ref":
      return json(200, shown(await own(user, ref)));
    case "POST restorations/ref/go":
      return go(user, ref);
  }
  throw new Refused(404, "no such function");
}

Deno.serve(async (request) => {
  try {
    return await handle(request);
  } catch (problem) {
    if (problem instanceof Refused) return json(problem.status, { message: problem.message });
    console.error(problem.message);
    return json(500, { message: "something went wrong here" });
  }
});
