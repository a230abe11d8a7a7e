#!/usr/bin/env node
// The command line of `tailscale`, as far as the gateway uses it, on top of a stand-in for its daemon (tailscaled.ts).
import { request } from "node:http";

const args = process.argv.slice(2);
const flag = (name) => {
  const at = args.findIndex((arg) => arg.startsWith(`--${name}=`));
  return at < 0 ? undefined : args.splice(at, 1)[0].slice(name.length + 3);
};
const has = (name) => {
  const at = args.indexOf(`--${name}`);
  if (at >= 0) args.splice(at, 1);
  return at >= 0;
};
const end = (code, text) => {
  process[code === 0 ? "stdout" : "stderr"].write(`${text}\n`);
  process.exit(code);
};

const socketPath = flag("socket") ?? process.env.TAILSCALED_SOCKET ?? "/nowhere/tailscaled.sock";
const ask = (method, path, body) =>
  new Promise((resolve) => {
    const asked = request({ socketPath, method, path: `/localapi/v0/${path}`, headers: { Host: "local-tailscaled.sock" }, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    asked.on("error", () => end(1, "failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)"));
    asked.end(body);
  });

const command = args.shift();
if (command === "status") {
  if (!has("json")) end(1, "this stand-in prints JSON only");
  end(0, (await ask("GET", "status?peers=false")).text);
}
if (command === "whois") {
  if (!has("json")) end(1, "this stand-in prints JSON only");
  const { status, text } = await ask("GET", `whois?addr=${encodeURIComponent(args[0] ?? "")}`);
  end(status === 200 ? 0 : 1, text.trim());
}
if (command !== "serve" && command !== "funnel") end(1, `unknown subcommand: ${command}`);
if (args[0] === "status") end(0, (await ask("GET", "serve-config")).text);

const isBackground = has("bg");
has("yes");
const port = flag("https") ?? "443";
const path = flag("set-path");
const [target, ...rest] = args;
if (target === undefined || rest.length > 0 || target.startsWith("-")) end(1, `Error: invalid argument format\ntry \`tailscale ${command} --help\` for usage info`);

const { Self } = JSON.parse((await ask("GET", "status?peers=false")).text);
const key = `${Self.DNSName.replace(/\.$/, "")}:${port}`;
const config = JSON.parse((await ask("GET", "serve-config")).text) ?? {};
const { Web = {}, TCP = {}, AllowFunnel = {} } = config;
if (target === "off") {
  if (Web[key] === undefined) end(1, "error: failed to remove web serve: handler does not exist");
  if (path === undefined) Web[key].Handlers = {};
  else delete Web[key].Handlers[path];
  if (Object.keys(Web[key].Handlers).length === 0) {
    delete Web[key];
    delete TCP[port];
    delete AllowFunnel[key];
  }
} else {
  if (!isBackground) end(1, "this stand-in serves in the background only");
  if (TCP[port] !== undefined && TCP[port].HTTPS !== true) end(1, `error: want to serve "https" but port is already serving "tcp" for "machine"`);
  TCP[port] = { HTTPS: true };
  Web[key] ??= { Handlers: {} };
  Web[key].Handlers[path ?? "/"] = { Proxy: /^\d+$/.test(target) ? `http://127.0.0.1:${target}` : target };
  if (command === "funnel") AllowFunnel[key] = true;
  else delete AllowFunnel[key];
}
const { status, text } = await ask("POST", "serve-config", JSON.stringify({ TCP, Web, AllowFunnel }));
if (status !== 200) end(1, `error: ${text.trim()}`);
end(0, target === "off" ? "" : `${command === "funnel" ? "Available on the internet" : "Available within your tailnet"}:\n\nhttps://${key.replace(/:443$/, "")}/\n|-- proxy ${target}\n`);
