import { stripApproval } from "../../../domain/nodes/reserved-fields.js";
import type { ErrorShape } from "../../../domain/protocol/errors.js";
import type { Caller } from "../call.js";
import type { NodeAsk } from "./node-ask.js";

/** Gives back what the node is asked instead, or why it is not asked. `caller` is absent for the gateway itself. */
export type Screen = (ask: NodeAsk, caller: Caller | undefined) => NodeAsk | ErrorShape | Promise<NodeAsk | ErrorShape>;

/** Nobody approves a command by saying so. */
export const stripReserved: Screen = (ask) => ({ ...ask, params: stripApproval(ask.params) });
