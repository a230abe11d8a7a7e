import { countOf, fieldsOf, textOf } from "../foreign-fields.js";
import type { NodeBookRecord } from "./node-record.js";

const isList = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === "string");

function isSurface(value: unknown): boolean {
  const surface = fieldsOf(value);
  return typeof surface?.["platform"] === "string" && isList(surface["caps"]) && isList(surface["commands"]) && fieldsOf(surface["permissions"]) !== undefined;
}

const isApproval = (value: unknown): boolean => {
  const approval = fieldsOf(value);
  return isSurface(approval?.["surface"]) && textOf(approval?.["requestId"]) !== undefined && countOf(approval?.["approvedAtMs"]) !== undefined;
};

/** A record as this version writes it; `undefined` for what is none, which its store takes for damage. */
export function parseNodeRecord(value: unknown): NodeBookRecord | undefined {
  const record = fieldsOf(value);
  if (!record || textOf(record["nodeId"]) === undefined || fieldsOf(record["traits"]) === undefined) return undefined;
  const isRequest = record["kind"] === "request" && textOf(record["requestId"]) !== undefined && isSurface(record["surface"]) && countOf(record["ts"]) !== undefined;
  const isNode = record["kind"] === "node" && countOf(record["createdAtMs"]) !== undefined && (record["approval"] === undefined || isApproval(record["approval"]));
  return isRequest || isNode ? (value as NodeBookRecord) : undefined;
}
