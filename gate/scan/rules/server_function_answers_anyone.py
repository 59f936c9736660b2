"""A function of the server uses the service key for whoever calls it.

The key passes row level security, so that the function alone decides what a caller may see and do. It takes something from the caller
and asks neither for a session nor for a signature: whoever knows its address, and the public key of the app at most, has other people's
rows read or changed. With a Replicate token it is your money that is spent.

```ts
// supabase/functions/rename/index.ts
import { createClient } from "jsr:@supabase/supabase-js@2";
Deno.serve(async (req) => {  // flagged
  const admin = createClient(Deno.env.get("SUPABASE_URL"), Deno.env.get("SUPABASE_SERVICE_ROLE_KEY"));
  const { id, name } = await req.json();
  await admin.from("profiles").update({ name }).eq("id", id);
  return new Response("ok", { headers: { "Access-Control-Allow-Headers": "authorization, apikey" } });
});
```

Whoever asks first, itself or by what it imports, is silent.

```ts
// supabase/functions/rename/index.ts
import { caller } from "../_shared/caller.ts";
Deno.serve(async (req) => {
  const admin = createClient(Deno.env.get("SUPABASE_URL"), Deno.env.get("SUPABASE_SERVICE_ROLE_KEY"));
  const user = await caller(req);
  const { name } = await req.json();
  await admin.from("profiles").update({ name }).eq("id", user.id);
});
// supabase/functions/_shared/caller.ts
export async function caller(req: Request) {
  const { data } = await client(req.headers.get("Authorization")).auth.getUser();
  return data.user;
}
```

Of several functions in one file each is looked at, and a helper that makes the client is followed.

```ts
// app/api/rows/route.ts
import { admin } from "../../../lib/admin";
export async function GET(request: Request) {
  const { data } = await sessions().auth.getUser();
  return Response.json(await admin().from("rows").select().eq("owner", data.user.id));
}
export async function DELETE(request: Request) {  // flagged
  const { id } = await request.json();
  return Response.json(await admin().from("rows").delete().eq("id", id));
}
// lib/admin.ts
import "server-only";
export const admin = () => createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY);
```

A webhook is asked for its signature, a cron job for its secret, and what takes nothing from its caller does the same for everybody.

```ts
// app/api/stripe/route.ts
import { admin } from "../../../lib/admin";
export async function POST(request: Request) {
  const event = stripe.webhooks.constructEvent(await request.text(), request.headers.get("stripe-signature"), secret);
  await admin().from("payments").insert({ id: event.id });
}
// app/api/cron/route.ts
import { admin } from "../../../lib/admin";
export async function GET(request: Request) {
  if (request.headers.get("authorization") !== `Bearer ${process.env.CRON_SECRET}`) return new Response("", { status: 401 });
  await admin().rpc("tidy", await request.json());
}
// app/api/health/route.ts
import { admin } from "../../../lib/admin";
export const GET = async () => Response.json(await admin().from("health").select());
// lib/admin.ts
export const admin = () => createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY);
```

What makes clients of both kinds uses the key for those who ask for it.

```ts
// app/api/rows/route.ts
import { client } from "../../../lib/client";
export async function GET(request: Request) {
  const { id } = await request.json();
  return Response.json(await client().from("service_rows").select().eq("id", id));
}
export async function DELETE(request: Request) {  // flagged
  const { id } = await request.json();
  return Response.json(await client({ admin: true }).from("rows").delete().eq("id", id));
}
// lib/client.ts
export const client = (options = { admin: false }) => {
  if (options.admin) return createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY);
  return createServerClient(url, process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY, cookies());
};
```

To mend it: ask who calls (`auth.getUser` with the caller's token, or the signature of the service that calls), and use the caller's own
client for what is the caller's. Where everybody may do this, accept the finding and say why.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Span
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.exposure import Way


@rule(Severity.WARNING)
def server_function_answers_anyone(artifact: Artifact) -> Iterator[Hit]:
    """One finding per function; the subject is the file."""
    for exposed in artifact.exposures:
        if exposed.way is Way.HANDLER:
            by = f" ({' -> '.join(exposed.chain)})" if len(exposed.chain) > 1 else ""
            yield Hit(
                Span(artifact.path, exposed.line, exposed.column),
                f"this function takes what anyone sends, uses {exposed.name}{by}, and asks nobody who calls",
                f"{artifact.path} {exposed.name}",
            )
