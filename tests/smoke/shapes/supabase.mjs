// Supabase and Replicate over fetch, as both backends use them: no package, so that nothing has to be installed.
const { SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY } = process.env;
const { REPLICATE_API_BASE_URL, REPLICATE_API_TOKEN } = process.env;
const VERSION = "42fed1c4974146d4d2414e2be2c5277c7fcf05fcc3a73abf41610695738c1d7b";

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class Failed extends Error {
  constructor(cause) {
    super("this picture could not be made");
    this.cause = cause;
  }
}

async function asked(address, how, key = SUPABASE_SERVICE_ROLE_KEY) {
  const headers = { apikey: SUPABASE_ANON_KEY, authorization: `Bearer ${key}`, "content-type": "application/json", ...how.headers };
  return fetch(`${SUPABASE_URL}${address}`, { ...how, headers });
}

export async function whoever(authorization) {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  const answer = token && (await asked("/auth/v1/user", { method: "GET" }, token));
  if (!answer?.ok) throw new Refused(401, "sign in first");
  return (await answer.json()).id;
}

export async function call(name, values) {
  const answer = await asked(`/rest/v1/rpc/${name}`, { method: "POST", body: JSON.stringify(values) });
  const body = await answer.json();
  if (answer.ok) return body;
  if (body.code === "P0402") throw new Refused(402, "not enough coins");
  throw new Error(`${name}: ${body.code}`);
}

export async function find(filter) {
  return (await asked(`/rest/v1/renders?select=*&order=made.desc&limit=100&${filter}`, { method: "GET" })).json();
}

export async function coinsOf(user) {
  const [account] = await (await asked(`/rest/v1/accounts?select=coins&id=eq.${user}`, { method: "GET" })).json();
  if (!account) throw new Refused(404, "open an account first");
  return account.coins;
}

export async function note(uid, prediction) {
  await asked(`/rest/v1/renders?uid=eq.${uid}`, { method: "PATCH", body: JSON.stringify({ prediction }) });
}

export async function ask(owner, type, source, types, bucket) {
  const own = new RegExp(`^${bucket}/${owner}/[\\w-]+(\\.\\w+)?$`);
  if (!types.includes(type)) throw new Refused(422, `the type is one of ${types.join(", ")}`);
  if (typeof source !== "string" || !own.test(source)) throw new Refused(422, "the source is a file of yours");
  const answer = await asked("/rest/v1/renders", {
    method: "POST",
    headers: { prefer: "return=representation" },
    body: JSON.stringify({ owner, type, source }),
  });
  if (!answer.ok) throw new Refused(422, "open an account first");
  return (await answer.json())[0];
}

async function signed(path) {
  const answer = await asked(`/storage/v1/object/sign/${path}`, { method: "POST", body: '{"expiresIn": 3600}' });
  return `${SUPABASE_URL}/storage/v1${(await answer.json()).signedURL}`;
}

// A create is sent once: whether one that got no answer was carried out, nobody knows, and a second could be paid twice.
export async function predict(render, more = {}, headers = {}) {
  const image = `${await signed(render.source)}&render=${render.uid}`;
  return provider("/v1/predictions", {
    method: "POST",
    headers,
    body: JSON.stringify({ version: VERSION, input: { image }, ...more }),
  });
}

export async function provider(path, how = {}) {
  let answer;
  try {
    answer = await fetch(`${REPLICATE_API_BASE_URL}${path}`, {
      ...how,
      headers: { authorization: `Bearer ${REPLICATE_API_TOKEN}`, "content-type": "application/json", ...how.headers },
    });
    if (answer.ok) return await answer.json();
  } catch {
    throw new Failed("connectivity");
  }
  const causes = { 401: "authentication", 402: "processing", 403: "authentication", 404: "configuration", 422: "configuration" };
  throw new Failed(causes[answer.status] ?? "connectivity");
}

// Keeps what a prediction has made, or fails; the provider's hosts alone are asked for it.
export async function keep(render, prediction, bucket) {
  const address = String(prediction.output ?? "");
  if (prediction.status !== "succeeded" || !address.startsWith(REPLICATE_API_BASE_URL)) throw new Failed("processing");
  const answer = await fetch(address, { redirect: "error" });
  const picture = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok || picture.subarray(1, 4).toString() !== "PNG") throw new Failed("processing");
  const path = `${bucket}/${render.owner}/${render.uid}.png`;
  await asked(`/storage/v1/object/${path}`, {
    method: "POST",
    headers: { "content-type": "image/png", "x-upsert": "true" },
    body: picture,
  });
  return path;
}

export async function end(render, made) {
  try {
    await call("end_render", { p_render: render.uid, p_path: await made(), p_cause: null });
  } catch (problem) {
    const cause = problem instanceof Failed ? problem.cause : "processing";
    await call("end_render", { p_render: render.uid, p_path: null, p_cause: cause });
  }
}
