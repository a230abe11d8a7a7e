import { getBinaryNodeChild, getBinaryNodeChildren, getBinaryNodeChildString, jidDecode, type BinaryNode } from "@whiskeysockets/baileys";
import type { WhatsappDevice } from "./whatsapp-device.js";
import type { WhatsappWorld } from "./whatsapp-world.js";

const SERVER = "s.whatsapp.net";

type Children = BinaryNode[];
const node = (tag: string, attrs: BinaryNode["attrs"] = {}, content?: BinaryNode["content"]): BinaryNode => ({ tag, attrs, ...(content === undefined ? {} : { content }) });

/** The answer to a query of a linked device; `undefined` where the server says nothing. */
export function answerQuery(world: WhatsappWorld, device: WhatsappDevice | undefined, iq: BinaryNode, mediaHost: string): BinaryNode | undefined {
  const { xmlns = "", type = "", id = "", to = SERVER } = iq.attrs;
  const content = contentOf(world, device, { iq, what: `${type} ${xmlns}`, mediaHost });
  if (content === "error") return node("iq", { type: "error", id, from: to }, [node("error", { code: "404", text: "item-not-found" })]);
  return node("iq", { type: "result", id, from: to }, content);
}

interface Query {
  readonly iq: BinaryNode;
  readonly what: string;
  readonly mediaHost: string;
}

function contentOf(world: WhatsappWorld, device: WhatsappDevice | undefined, { iq, what, mediaHost }: Query): Children | "error" {
  switch (what) {
    case "get encrypt":
      if (getBinaryNodeChild(iq, "count") !== undefined) return [node("count", { value: String(device?.keysLeft ?? 0) })];
      if (getBinaryNodeChild(iq, "digest") !== undefined) return [node("digest")];
      return [node("list", {}, getBinaryNodeChildren(getBinaryNodeChild(iq, "key"), "user").flatMap(({ attrs }) => bundleOf(world, attrs["jid"] ?? "")))];
    case "set encrypt":
      device?.upload(iq);
      return [];
    case "get usync":
      return usync(world, iq);
    case "get w:g2":
      return groupOf(world, iq);
    case "set w:m":
      return [node("media_conn", { auth: "upload-token", ttl: "3600" }, [node("host", { hostname: mediaHost, maxContentLengthBytes: "67108864" })])];
    case "get privacy":
      return [node("privacy", {}, [node("category", { name: "readreceipts", value: "all" })])];
    case "get abt":
      return [node("props", { hash: "1" })];
    case "get blocklist":
      return [node("list")];
    case "set md":
      if (getBinaryNodeChild(iq, "remove-companion-device") !== undefined && device !== undefined) device.isLinked = false;
      return [];
    default:
      return [];
  }
}

const bundleOf = (world: WhatsappWorld, jid: string): Children => {
  const person = world.personOf(jid);
  return person === undefined ? [] : [person.asBundle(jid)];
};

function usync(world: WhatsappWorld, iq: BinaryNode): Children {
  const query = getBinaryNodeChild(iq, "usync");
  const wants = (tag: string): boolean => getBinaryNodeChild(getBinaryNodeChild(query, "query"), tag) !== undefined;
  const users = getBinaryNodeChildren(getBinaryNodeChild(query, "list"), "user").map((user) => {
    const phone = getBinaryNodeChildString(user, "contact")?.replace("+", "");
    const jid = user.attrs["jid"] ?? `${phone ?? ""}@${SERVER}`;
    const person = world.personOf(jid);
    const devices = person === undefined ? [] : [0, ...(person === world.account.phone ? [...world.account.devices.values()].filter(({ isLinked }) => isLinked).map(({ id }) => id) : [])];
    return node("user", { jid }, [
      ...(wants("contact") ? [node("contact", { type: person === undefined ? "out" : "in" })] : []),
      ...(wants("devices") && person !== undefined ? [node("devices", {}, [node("device-list", {}, devices.map((id) => node("device", { id: String(id), "key-index": String(id) })))])] : []),
      ...(wants("lid") && person !== undefined && jidDecode(jid)?.server !== "lid" ? [node("lid", { val: person.lid })] : []),
    ]);
  });
  return [node("usync", {}, [node("list", {}, users)])];
}

function groupOf(world: WhatsappWorld, iq: BinaryNode): Children | "error" {
  const group = world.groups.get(iq.attrs["to"] ?? "");
  if (group === undefined) return "error";
  world.groupQueries += 1;
  const members = [world.account.phone, ...group.members].map((member) => node("participant", { jid: member.lid, phone_number: member.pn, ...(group.admins.includes(member) ? { type: "admin" } : {}) }));
  return [node("group", { id: group.id.split("@")[0] ?? "", subject: group.subject, creation: "1700000000", s_t: "1700000000", creator: world.account.phone.lid, addressing_mode: "lid" }, members)];
}
