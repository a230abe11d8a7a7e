/** What stands in front of a gateway, and where both are. */
export interface ProxyPlan {
  /** What people dial: `http:` or `https:`. */
  readonly publicUrl: URL;
  /** Where the proxy finds the gateway. */
  readonly upstream: { readonly host: string; readonly port: number; /** Its certificate, where it speaks TLS. */ readonly certificate?: string };
  /** Of what people dial. Without them the text has names that must be replaced. */
  readonly certificate?: string;
  readonly key?: string;
  /** From which address the proxy comes to the gateway, where it is told: see {@link ownSource}. */
  readonly source?: string;
  /** Where the proxy itself listens; every interface, without it. */
  readonly listen?: string;
}

/** Headers by which other software tells who somebody is: nobody outside may bring them along. */
const NOT_FROM_OUTSIDE = ["Forwarded", "X-Real-IP", "Tailscale-User-Login", "Tailscale-User-Name", "Tailscale-User-Profile-Pic"] as const;

/** Longer than the gateway's pings are apart, with room for a lost one. */
const QUIET_SECONDS = 90;

/**
 * Another address of this host's loopback than its tools come from. Who comes from a trusted proxy counts as coming from
 * elsewhere, so that trusting 127.0.0.1 would make strangers of them. Other systems than Linux have just the one.
 */
export const ownSource = (platform: NodeJS.Platform): string | undefined => (platform === "linux" ? "127.0.0.2" : undefined);

const CERTIFICATE = "/path/to/certificate.pem";
const KEY = "/path/to/key.pem";

const isSecure = ({ publicUrl }: ProxyPlan): boolean => publicUrl.protocol === "https:";
const portOf = (plan: ProxyPlan): string => plan.publicUrl.port || (isSecure(plan) ? "443" : "80");
const hostOf = ({ host, port }: ProxyPlan["upstream"]): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;
const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === "" ? line : `    ${line}`));

interface HostLists {
  readonly trustedProxies: readonly string[];
  readonly allowedHosts: readonly string[];
}

/** What the gateway's configuration needs: the lists as they are to be, of which the name that people dial may be missing. */
export function renderGatewayPart({ publicUrl }: Pick<ProxyPlan, "publicUrl">, { trustedProxies, allowedHosts }: HostLists): string {
  const name = publicUrl.hostname.replace(/^\[|\]$/g, "");
  return JSON.stringify({ gateway: { trustedProxies, allowedHosts: [...new Set([...allowedHosts, name])] } }, null, 2);
}

/** A server of nginx, to be included where its `http` section is. */
export function renderNginx(plan: ProxyPlan): string {
  const { upstream, listen } = plan;
  const at = `${listen === undefined ? "" : `${listen}:`}${portOf(plan)}`;
  const secure = isSecure(plan) ? ["", `ssl_certificate ${plan.certificate ?? CERTIFICATE};`, `ssl_certificate_key ${plan.key ?? KEY};`] : [];
  const trust = upstream.certificate === undefined ? [] : [`proxy_ssl_trusted_certificate ${upstream.certificate};`, "proxy_ssl_verify on;", "proxy_ssl_name localhost;"];
  return [
    "map $http_upgrade $openclaw_connection {",
    ...indent(["default upgrade;", "'' '';"]),
    "}",
    "server {",
    ...indent([
      `listen ${at}${isSecure(plan) ? " ssl" : ""};`,
      `server_name ${plan.publicUrl.hostname};`,
      ...secure,
      "",
      "location / {",
      ...indent([
        `proxy_pass ${upstream.certificate === undefined ? "http" : "https"}://${hostOf(upstream)};`,
        ...(plan.source === undefined ? [] : [`proxy_bind ${plan.source};`]),
        ...trust,
        "proxy_http_version 1.1;",
        "proxy_set_header Host $http_host;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $openclaw_connection;",
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        "proxy_set_header X-Forwarded-Host $http_host;",
        ...NOT_FROM_OUTSIDE.map((name) => `proxy_set_header ${name} "";`),
        `proxy_read_timeout ${QUIET_SECONDS}s;`,
        "proxy_buffering off;",
        "client_max_body_size 26m;",
      ]),
      "}",
    ]),
    "}",
    "",
  ].join("\n");
}

/** A frontend and a backend of HAProxy. */
export function renderHaproxy(plan: ProxyPlan): string {
  const { upstream, listen } = plan;
  const secure = isSecure(plan) ? ` ssl crt ${plan.certificate ?? "/path/to/certificate-and-key.pem"}` : "";
  const trust = upstream.certificate === undefined ? "" : ` ssl verify required ca-file ${upstream.certificate} sni str(localhost)`;
  return [
    "frontend openclaw",
    ...indent([
      "mode http",
      `bind ${listen ?? ""}:${portOf(plan)}${secure}`,
      `timeout client ${QUIET_SECONDS}s`,
      ...NOT_FROM_OUTSIDE.map((name) => `http-request del-header ${name}`),
      "option forwardfor",
      `http-request set-header X-Forwarded-Proto ${isSecure(plan) ? "https" : "http"}`,
      "http-request set-header X-Forwarded-Host %[req.hdr(Host)]",
      "default_backend openclaw",
    ]),
    "backend openclaw",
    ...indent(["mode http", "timeout connect 5s", `timeout server ${QUIET_SECONDS}s`, `timeout tunnel ${QUIET_SECONDS}s`, ...(plan.source === undefined ? [] : [`source ${plan.source}`]), `server gateway ${hostOf(upstream)}${trust}`]),
    "",
  ].join("\n");
}

/** A site of Caddy, which gets its certificate by itself and sets the forwarding headers unasked. */
export function renderCaddy(plan: ProxyPlan): string {
  const { upstream, publicUrl } = plan;
  const trust = upstream.certificate === undefined ? [] : ["transport http {", ...indent([`tls_trusted_ca_certs ${upstream.certificate}`, "tls_server_name localhost"]), "}"];
  return [
    `${publicUrl.origin} {`,
    ...indent([
      `reverse_proxy ${upstream.certificate === undefined ? "" : "https://"}${hostOf(upstream)} {`,
      ...indent([...NOT_FROM_OUTSIDE.map((name) => `header_up -${name}`), "flush_interval -1", ...trust]),
      "}",
    ]),
    "}",
    "",
  ].join("\n");
}
