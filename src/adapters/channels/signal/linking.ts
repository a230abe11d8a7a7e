import { fieldsOf, textOf } from "../../../domain/foreign-fields.js";
import type { Refused } from "../../../domain/messaging/outbound.js";
import type { LoginRequest, LoginStep } from "../../../ports/channel.js";
import { numbersIn, SEVERAL } from "./account.js";
import type { SignalConfig } from "./config.js";
import type { SignalConnection } from "./connection.js";
import { isUnknownMethod, judgeSetback, UNLINKED, type CallFailure } from "./failures.js";

/** How many codes are shown before nobody is thought to be there. */
const MAX_CODES = 5;
const ASK_MS = 30_000;
/** signal-cli gives up sooner by itself. */
const SCAN_MS = 10 * 60_000;

const refused = (code: Refused["code"], reason: string): Refused => ({ kind: "refused", code, reason });
const ONE_ACCOUNT = refused("unsupported", "This signal-cli daemon was started for one account with -a, and can link none; start it without, or link the account with signal-cli link.");

/** Links the account as another device of a phone, by a code that the phone scans. Leaving it gives up. */
export async function* linkAccount(connection: SignalConnection, config: SignalConfig, { force, phoneNumber }: LoginRequest): AsyncIterable<LoginStep> {
  if (phoneNumber !== undefined) return yield refused("unsupported", "Signal links devices by a QR code alone; leave the phone number out.");
  const leaving = new AbortController();
  const { client } = connection;
  try {
    const hindered = await connection.ensureDaemon(leaving.signal);
    if (hindered !== undefined) return yield refused("invalid", hindered.message);
    const listed = await client.rpc("listAccounts", {}, { timeoutMs: ASK_MS, cancel: leaving.signal });
    if (listed.kind !== "ok") return yield refusalOf(listed);
    const numbers = numbersIn(listed.result);
    if (config.account === undefined && numbers.length > 1) return yield refused("invalid", SEVERAL.message);
    const linked = config.account === undefined ? numbers[0] : numbers.find((number) => number === config.account);
    if (linked !== undefined && !force) {
      if (connection.status.state === "needs-operator") connection.again();
      return yield { kind: "linked", message: `The Signal account ${linked} is linked already.` };
    }
    if (linked !== undefined) {
      const { cleared, reason } = await unlinkAccount(connection, linked);
      if (!cleared) return yield refused("invalid", reason);
      connection.giveUp(UNLINKED);
    }
    connection.linking(true);
    yield* showCodes(connection, config, leaving.signal);
  } finally {
    leaving.abort();
    connection.linking(false);
  }
}

async function* showCodes(connection: SignalConnection, config: SignalConfig, cancel: AbortSignal): AsyncIterable<LoginStep> {
  const { client } = connection;
  for (let shown = 0; shown < MAX_CODES; shown += 1) {
    const started = await client.rpc("startLink", {}, { timeoutMs: ASK_MS, cancel });
    if (started.kind !== "ok") return yield refusalOf(started);
    const uri = textOf(fieldsOf(started.result)?.["deviceLinkUri"]);
    if (uri === undefined) return yield refused("invalid", "signal-cli gave no code to scan; update it.");
    // Before it is shown: a phone may be quick.
    const finishing = client.rpc("finishLink", { deviceLinkUri: uri, deviceName: config.deviceName }, { timeoutMs: SCAN_MS, cancel });
    yield { kind: "qr", text: uri };
    const finished = await finishing;
    if (finished.kind === "ok") return yield linkedAs(connection, config, textOf(fieldsOf(finished.result)?.["number"]));
    if (!(finished.kind === "error" && /timed? ?out/iu.test(finished.message))) return yield refusalOf(finished);
  }
  yield refused("invalid", "No phone scanned the code; begin again when it is at hand.");
}

function linkedAs(connection: SignalConnection, { account }: SignalConfig, number: string | undefined): LoginStep {
  if (account !== undefined && number !== undefined && number !== account) {
    return refused("invalid", `The phone that scanned the code is ${number}, and channels.signal.account is another: change it there and restart the channel, or scan with the other phone.`);
  }
  connection.again();
  return { kind: "linked", message: number === undefined ? "The Signal account is linked." : `The Signal account ${number} is linked.` };
}

function refusalOf(failure: CallFailure): Refused {
  if (isUnknownMethod(failure)) return ONE_ACCOUNT;
  if (failure.kind === "error" && /already exists/iu.test(failure.message)) return refused("invalid", "signal-cli has data of this account already, from a link that was not ended; log it out with openclaw channels logout signal, then link it anew.");
  if (failure.kind === "error") return refused("invalid", `signal-cli could not link the account (error ${failure.code}); try it once more.`);
  return refused("invalid", judgeSetback(failure).message);
}

/** Ends the link and deletes the account's keys at signal-cli. */
export async function unlinkAccount({ client }: SignalConnection, account: string): Promise<{ readonly cleared: boolean; readonly loggedOut: boolean; readonly reason: string }> {
  const ended = await client.rpc("unregister", { account }, { timeoutMs: ASK_MS });
  const deleted = await client.rpc("deleteLocalAccountData", { account, ignoreRegistered: true }, { timeoutMs: ASK_MS });
  const [cleared, loggedOut] = [deleted.kind === "ok", ended.kind === "ok"];
  const reason = cleared
    ? "The phone still lists the device: remove it there under Linked devices."
    : "signal-cli did not delete the account's data: stop its daemon and run signal-cli deleteLocalAccountData, and remove the device on the phone under Linked devices.";
  return { cleared, loggedOut, reason };
}

