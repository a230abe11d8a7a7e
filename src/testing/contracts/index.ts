/**
 * What every implementation of a port promises, as suites to run on your own: each takes a name and a function that
 * builds what is to be tested. For Jest, or Vitest with `globals: true`.
 */
export { agentRuntimeContract, type AgentRuntimeRig, type AgentRuntimeStage, type Behaviour } from "./agent-runtime.js";
export { announcerContract, type AnnouncerRig } from "./announcer.js";
export { canvasFilesContract } from "./canvas-files.js";
export { certificatesContract, type CertificatesRig, type Pair } from "./certificates.js";
export { channelContract, type ChannelPlatform, type ChannelRig, type Said, type Shown, type Trouble } from "./channel.js";
export { configSourceContract, type ConfigSourceRig } from "./config-source.js";
export { cronCalendarContract } from "./cron-calendar.js";
export { deviceStoreContract, type DeviceStoreRig } from "./device-store.js";
export { execApprovalsContract, type ExecApprovalsRig } from "./exec-approvals-store.js";
export { hostLockContract, type HostLockRig } from "./host-lock.js";
export { inviteStoreContract, type InviteStoreRig } from "./invite-store.js";
export { logTailContract, type LogTailRig } from "./log-tail.js";
export { markdownContract } from "./markdown.js";
export { nodeCommandContract, TestNodeCall, type NodeCommandRig } from "./node-command.js";
export { qrCodesContract } from "./qr-codes.js";
export { parseRecordSample, recordStoreContract, type RecordSample, type RecordStoreRig } from "./record-store.js";
export { sessionStoreContract, type SessionStoreRig } from "./session-store.js";
export { supervisorContract, type SupervisorRig } from "./supervisor.js";
export { clockContract, frameValidatorContract, idsContract, loopGaugeContract, signaturesContract, type ClockRig, type LoopGaugeRig } from "./system.js";
export { tailnetContract, type TailnetRig } from "./tailnet.js";
export { tokenVaultContract, type TokenVaultRig } from "./token-vault.js";
export { transportContract, type TransportRig } from "./transport.js";
export { webFetchContract, type ServedFile, type WebFetchRig } from "./web-fetch.js";
export { workspaceContract, type WorkspaceRig } from "./workspace.js";
