// The page: sign in, upload a photograph, have it restored, look at what came of it.

import { link, signIn, upload } from "./supabase.js";

const at = (id) => document.getElementById(id);
let session = null;

function say(text) {
  at("status").textContent = text;
}

async function api(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: { Authorization: `Bearer ${session.access_token}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.detail ?? `status ${answer.status}`);
  return value;
}

async function refresh() {
  const [{ balance }, { jobs }] = await Promise.all([api("GET", "/api/credits"), api("GET", "/api/jobs")]);
  at("balance").textContent = balance;
  const items = jobs.map(async (job) => {
    const item = document.createElement("li");
    item.textContent = `${job.kind}: ${job.status} `;
    if (job.output_path) {
      const anchor = document.createElement("a");
      anchor.href = await link(job.output_path, session.access_token);
      anchor.textContent = "open";
      item.append(anchor);
    }
    return item;
  });
  at("jobs").replaceChildren(...(await Promise.all(items)));
}

function on(form, handler) {
  at(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = at(form).querySelector("button");
    button.disabled = true;
    try {
      await handler(new FormData(at(form)));
    } catch (problem) {
      say(problem.message);
    } finally {
      button.disabled = false;
    }
  });
}

on("sign-in", async (fields) => {
  session = await signIn(fields.get("email"), fields.get("password"));
  await api("POST", "/api/profile/bootstrap", {});
  at("sign-in").hidden = true;
  at("work").hidden = false;
  say("");
  await refresh();
});

on("restore", async (fields) => {
  const picture = fields.get("picture");
  const path = `uploads/${session.user.id}/${crypto.randomUUID()}-${picture.name.replace(/[^\w.-]/g, "_")}`;
  say("Uploading …");
  await upload(path, picture, session.access_token);
  const job = await api("POST", "/api/jobs", { kind: "restore", input_path: path });
  say("Restoring …");
  await api("POST", `/api/jobs/${job.id}/run`, {});
  say("Done.");
  await refresh();
});
