// What an edge function needs of Deno, on Node: variables, and requests and answers of the web's own kind.
import { createServer } from "node:http";
import { Readable } from "node:stream";

globalThis.Deno = {
  env: { get: (name) => process.env[name] },
  serve: (handle) =>
    createServer(async (incoming, outgoing) => {
      const body = ["GET", "HEAD"].includes(incoming.method) ? null : Readable.toWeb(incoming);
      const request = new Request(`http://127.0.0.1${incoming.url}`, {
        method: incoming.method,
        headers: incoming.headers,
        body,
        duplex: "half",
      });
      const answer = await handle(request);
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
      outgoing.end(Buffer.from(await answer.arrayBuffer()));
    }).listen(Number(process.env.PORT), "127.0.0.1"),
};
await import("./edge.mjs");
