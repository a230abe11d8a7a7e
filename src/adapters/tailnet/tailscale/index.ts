export { TailscaleTailnet, type TailscaleOptions } from "./tailscale-tailnet.js";
