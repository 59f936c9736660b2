// The two things the page asks of Supabase itself: a session, and files in the user's own folder.
// The key is the publishable one: it lets anybody knock, and row level security decides who may come in.

async function ask(path, options, token) {
  const answer = await fetch(SUPABASE_URL + path, {
    ...options,
    headers: { apikey: SUPABASE_KEY, ...(token && { Authorization: `Bearer ${token}` }), ...options.headers },
  });
  if (!answer.ok) throw new Error((await answer.json()).message ?? `status ${answer.status}`);
  return answer.json();
}

export function signIn(email, password) {
  return ask("/auth/v1/token?grant_type=password", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
}

export function upload(path, file, token) {
  const headers = { "Content-Type": file.type, "x-upsert": "true" };
  return ask(`/storage/v1/object/${path}`, { method: "POST", headers, body: file }, token);
}

export async function link(path, token) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"expiresIn":600}' };
  const { signedURL } = await ask(`/storage/v1/object/sign/${path}`, options, token);
  return `${SUPABASE_URL}/storage/v1${signedURL}`;
}
