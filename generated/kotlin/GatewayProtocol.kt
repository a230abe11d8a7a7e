// Generated from the protocol catalogue by `npm run generate`: do not edit.
@file:OptIn(ExperimentalSerializationApi::class)

package ai.openclaw.app.gateway

import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.SerializationException
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlinx.serialization.json.JsonClassDiscriminator
import kotlinx.serialization.json.JsonContentPolymorphicSerializer
import kotlinx.serialization.json.JsonDecoder
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonEncoder
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

const val GATEWAY_PROTOCOL_VERSION = 4
const val GATEWAY_MIN_PROTOCOL_VERSION = 3

enum class GatewayMethod(val rawValue: String) {
    Connect("connect"),
    Health("health"),
    Status("status"),
    SystemPresence("system-presence"),
    SystemEvent("system-event"),
    LastHeartbeat("last-heartbeat"),
    SetHeartbeats("set-heartbeats"),
    Wake("wake"),
    LogsTail("logs.tail"),
    ConfigGet("config.get"),
    ConfigSet("config.set"),
    ConfigPatch("config.patch"),
    ConfigApply("config.apply"),
    ConfigSchema("config.schema"),
    DevicePairList("device.pair.list"),
    DevicePairApprove("device.pair.approve"),
    DevicePairReject("device.pair.reject"),
    DevicePairRemove("device.pair.remove"),
    DevicePairRename("device.pair.rename"),
    DevicePairSetupCode("device.pair.setupCode"),
    DeviceTokenRotate("device.token.rotate"),
    DeviceTokenRevoke("device.token.revoke"),
    SessionsList("sessions.list"),
    SessionsPreview("sessions.preview"),
    SessionsResolve("sessions.resolve"),
    SessionsPatch("sessions.patch"),
    SessionsReset("sessions.reset"),
    SessionsDelete("sessions.delete"),
    SessionsCompact("sessions.compact"),
    SessionsSubscribe("sessions.subscribe"),
    SessionsMessagesSubscribe("sessions.messages.subscribe"),
    Agent("agent"),
    AgentWait("agent.wait"),
    AgentIdentityGet("agent.identity.get"),
    ModelsList("models.list"),
    AgentsList("agents.list"),
    ChatSend("chat.send"),
    ChatHistory("chat.history"),
    ChatAbort("chat.abort"),
    ChatInject("chat.inject"),
    Send("send"),
    Poll("poll"),
    MessageAction("message.action"),
    ChannelsStatus("channels.status"),
    ChannelsLogout("channels.logout"),
    WebLoginStart("web.login.start"),
    WebLoginWait("web.login.wait"),
    ChannelsPairingList("channels.pairing.list"),
    ChannelsPairingApprove("channels.pairing.approve"),
    ChannelsPairingDismiss("channels.pairing.dismiss"),
    ChannelsPairingRevoke("channels.pairing.revoke"),
    ChannelsStart("channels.start"),
    ChannelsStop("channels.stop"),
    ChannelsDeadLettersList("channels.deadLetters.list"),
    ChannelsDeadLettersRetry("channels.deadLetters.retry"),
    ChannelsDeadLettersDiscard("channels.deadLetters.discard"),
    NodeList("node.list"),
    NodeDescribe("node.describe"),
    NodeRename("node.rename"),
    NodeInvoke("node.invoke"),
    NodePendingEnqueue("node.pending.enqueue"),
    NodePairRequest("node.pair.request"),
    NodePairList("node.pair.list"),
    NodePairApprove("node.pair.approve"),
    NodePairReject("node.pair.reject"),
    NodePairVerify("node.pair.verify"),
    NodePairRemove("node.pair.remove"),
    NodeInvokeResult("node.invoke.result"),
    NodeInvokeProgress("node.invoke.progress"),
    NodeEvent("node.event"),
    NodePendingPull("node.pending.pull"),
    NodePendingAck("node.pending.ack"),
    NodePendingDrain("node.pending.drain"),
    NodePluginSurfaceRefresh("node.pluginSurface.refresh"),
    NodeCanvasCapabilityRefresh("node.canvas.capability.refresh"),
    SkillsBins("skills.bins"),
    ExecApprovalRequest("exec.approval.request"),
    ExecApprovalList("exec.approval.list"),
    ExecApprovalResolve("exec.approval.resolve"),
    ExecApprovalsGet("exec.approvals.get"),
    ExecApprovalsSet("exec.approvals.set"),
    ExecApprovalsNodeGet("exec.approvals.node.get"),
    ExecApprovalsNodeSet("exec.approvals.node.set"),
    CronList("cron.list"),
    CronStatus("cron.status"),
    CronGet("cron.get"),
    CronAdd("cron.add"),
    CronUpdate("cron.update"),
    CronRemove("cron.remove"),
    CronRun("cron.run"),
    CronRuns("cron.runs"),
    VoicewakeGet("voicewake.get"),
    VoicewakeSet("voicewake.set"),
    TalkMode("talk.mode"),
    ProxyCheckBegin("proxy.check.begin"),
    ProxyCheckRead("proxy.check.read"),
    ;

    companion object {
        private val byRawValue = entries.associateBy { it.rawValue }

        /** Null for a name that a later release added. */
        fun fromRawValue(rawValue: String): GatewayMethod? = byRawValue[rawValue]
    }
}

enum class GatewayEvent(val rawValue: String) {
    ConnectChallenge("connect.challenge"),
    Tick("tick"),
    Health("health"),
    Heartbeat("heartbeat"),
    Shutdown("shutdown"),
    Presence("presence"),
    Agent("agent"),
    Chat("chat"),
    Cron("cron"),
    VoicewakeChanged("voicewake.changed"),
    TalkMode("talk.mode"),
    ConfigChanged("config.changed"),
    DevicePairRequested("device.pair.requested"),
    DevicePairResolved("device.pair.resolved"),
    DevicePairSetupCompleted("device.pair.setup.completed"),
    ChannelPairRequested("channel.pair.requested"),
    ChannelPairResolved("channel.pair.resolved"),
    NodePairRequested("node.pair.requested"),
    NodePairResolved("node.pair.resolved"),
    ExecApprovalRequested("exec.approval.requested"),
    ExecApprovalResolved("exec.approval.resolved"),
    NodeSurfaceChanged("node.surface.changed"),
    NodeInvokeRequest("node.invoke.request"),
    NodeInvokeCancel("node.invoke.cancel"),
    NodeInvokeProgress("node.invoke.progress"),
    ;

    companion object {
        private val byRawValue = entries.associateBy { it.rawValue }

        /** Null for a name that a later release added. */
        fun fromRawValue(rawValue: String): GatewayEvent? = byRawValue[rawValue]
    }
}

enum class GatewayErrorCode(val rawValue: String) {
    NotLinked("NOT_LINKED"),
    NotPaired("NOT_PAIRED"),
    AgentTimeout("AGENT_TIMEOUT"),
    InvalidRequest("INVALID_REQUEST"),
    Unavailable("UNAVAILABLE"),
    Forbidden("FORBIDDEN"),
    ApprovalNotFound("APPROVAL_NOT_FOUND"),
    ;

    companion object {
        private val byRawValue = entries.associateBy { it.rawValue }

        /** Null for a name that a later release added. */
        fun fromRawValue(rawValue: String): GatewayErrorCode? = byRawValue[rawValue]
    }
}

/** One message on the socket. A kind that a later release added is kept as it came instead of failing the connection. */
@Serializable(with = GatewayFrameSerializer::class)
sealed interface GatewayFrame {
    val type: String

    data class Unknown(override val type: String, val raw: JsonObject) : GatewayFrame
}

object GatewayFrameSerializer : KSerializer<GatewayFrame> {
    override val descriptor: SerialDescriptor = JsonElement.serializer().descriptor

    override fun deserialize(decoder: Decoder): GatewayFrame {
        val input = decoder as? JsonDecoder ?: throw SerializationException("gateway frames are JSON")
        val raw = input.decodeJsonElement().jsonObject
        val type = raw["type"]?.jsonPrimitive?.content ?: throw SerializationException("a frame without a type")
        return when (type) {
            "req" -> input.json.decodeFromJsonElement(GatewayRequestFrame.serializer(), raw)
            "res" -> input.json.decodeFromJsonElement(GatewayResponseFrame.serializer(), raw)
            "event" -> input.json.decodeFromJsonElement(GatewayEventFrame.serializer(), raw)
            else -> GatewayFrame.Unknown(type, raw)
        }
    }

    override fun serialize(encoder: Encoder, value: GatewayFrame) {
        val output = encoder as? JsonEncoder ?: throw SerializationException("gateway frames are JSON")
        val element = when (value) {
            is GatewayRequestFrame -> output.json.encodeToJsonElement(GatewayRequestFrame.serializer(), value)
            is GatewayResponseFrame -> output.json.encodeToJsonElement(GatewayResponseFrame.serializer(), value)
            is GatewayEventFrame -> output.json.encodeToJsonElement(GatewayEventFrame.serializer(), value)
            is GatewayFrame.Unknown -> value.raw
        }
        output.encodeJsonElement(element)
    }
}

@Serializable
data class GatewayRequestFrame(
    @EncodeDefault override val type: String = "req",
    val id: String,
    val method: String,
    val params: JsonElement? = null,
    val traceparent: String? = null,
    val expectedProfileId: String? = null,
) : GatewayFrame

@Serializable
data class GatewayResponseFrame(
    @EncodeDefault override val type: String = "res",
    val id: String,
    val ok: Boolean,
    val payload: JsonElement? = null,
    val error: ErrorShape? = null,
) : GatewayFrame

@Serializable
data class GatewayEventFrame(
    @EncodeDefault override val type: String = "event",
    val event: String,
    val payload: JsonElement? = null,
    val seq: Long? = null,
    val stateVersion: StateVersion? = null,
) : GatewayFrame

@Serializable
data class ErrorShape(
    val code: String,
    val message: String,
    val details: JsonElement? = null,
    val retryable: Boolean? = null,
    val retryAfterMs: Long? = null,
)

@Serializable
data class ConnectParams(
    val minProtocol: Long,
    val maxProtocol: Long,
    val client: JsonObject,
    val caps: List<String>? = null,
    val commands: List<String>? = null,
    val permissions: Map<String, Boolean>? = null,
    val pathEnv: String? = null,
    val role: String? = null,
    val scopes: List<String>? = null,
    val device: JsonObject? = null,
    val auth: JsonObject? = null,
    val locale: String? = null,
    val userAgent: String? = null,
)

@Serializable
data class HelloOk(
    val type: String,
    val protocol: Long,
    val server: JsonObject,
    val features: JsonObject,
    val snapshot: Snapshot,
    val canvasHostUrl: String? = null,
    val pluginSurfaceUrls: Map<String, String>? = null,
    val auth: JsonObject? = null,
    val policy: JsonObject,
)

@Serializable
data class Snapshot(
    val presence: List<PresenceEntry>,
    val health: JsonElement,
    val stateVersion: StateVersion,
    val uptimeMs: Long,
    val configPath: String? = null,
    val stateDir: String? = null,
    val sessionDefaults: JsonObject? = null,
    val authMode: String? = null,
)

@Serializable
data class PresenceEntry(
    val ts: Long,
    val host: String? = null,
    val ip: String? = null,
    val version: String? = null,
    val platform: String? = null,
    val deviceFamily: String? = null,
    val modelIdentifier: String? = null,
    val mode: String? = null,
    val reason: String? = null,
    val text: String? = null,
    val deviceId: String? = null,
    val instanceId: String? = null,
    val timeZone: String? = null,
    val lastInputSeconds: Long? = null,
    val tags: List<String>? = null,
    val roles: List<String>? = null,
    val scopes: List<String>? = null,
    val onlineSince: Long? = null,
    val lastActivityAt: Long? = null,
)

@Serializable
data class StateVersion(
    val presence: Long,
    val health: Long,
)

@Serializable
data class AgentAccepted(
    val runId: String,
    val status: String,
    val acceptedAt: Long,
    val sessionKey: String? = null,
    val agentId: String? = null,
) : AgentResult

@Serializable
data class AgentInFlight(
    val runId: String,
    val status: String,
    val sessionKey: String? = null,
    val agentId: String? = null,
) : AgentResult

@Serializable
data class AgentFinal(
    val runId: String,
    val status: String,
    val summary: String,
    val result: JsonObject? = null,
    val stopReason: String? = null,
    val timeoutPhase: String? = null,
    val providerStarted: Boolean? = null,
) : AgentResult

@Serializable
data class AgentRunResult(
    val payloads: List<JsonObject>,
    val meta: JsonObject,
)

@Serializable
data class ChatMessage(
    val role: String,
    val content: JsonElement,
    val timestamp: Long? = null,
    val id: String? = null,
    val toolCallId: String? = null,
    val toolName: String? = null,
    val isError: Boolean? = null,
    val provider: String? = null,
    val model: String? = null,
    val stopReason: String? = null,
    val usage: JsonObject? = null,
)

@Serializable
data class SessionRow(
    val key: String,
    val kind: String,
    val label: String? = null,
    val displayName: String? = null,
    val channel: String? = null,
    val subject: String? = null,
    val groupChannel: String? = null,
    val space: String? = null,
    val chatType: String? = null,
    val origin: JsonObject? = null,
    val updatedAt: Long?,
    val sessionId: String? = null,
    val systemSent: Boolean? = null,
    val abortedLastRun: Boolean? = null,
    val thinkingLevel: String? = null,
    val verboseLevel: String? = null,
    val reasoningLevel: String? = null,
    val elevatedLevel: String? = null,
    val sendPolicy: String? = null,
    val responseUsage: String? = null,
    val inputTokens: Long? = null,
    val outputTokens: Long? = null,
    val totalTokens: Long? = null,
    val modelProvider: String? = null,
    val model: String? = null,
    val contextTokens: Long? = null,
    val deliveryContext: JsonObject? = null,
    val lastChannel: String? = null,
    val lastTo: String? = null,
    val lastAccountId: String? = null,
    val derivedTitle: String? = null,
    val lastMessagePreview: String? = null,
    val hasActiveRun: Boolean? = null,
    val activeRunIds: List<String>? = null,
)

@Serializable
data class AccountSnapshot(
    val accountId: String,
    val name: String? = null,
    val enabled: Boolean? = null,
    val configured: Boolean? = null,
    val linked: Boolean? = null,
    val running: Boolean? = null,
    val connected: Boolean? = null,
    val lastError: JsonElement? = null,
)

@Serializable
data class SenderRequest(
    val requestId: String,
    val channel: String,
    val accountId: String? = null,
    val id: String,
    val code: String? = null,
    val createdAt: String,
    val lastSeenAt: String? = null,
    val meta: JsonObject? = null,
)

@Serializable
@SerialName("at")
data class CronScheduleAt(
    val atMs: Long? = null,
    val at: String? = null,
) : CronSchedule

@Serializable
@SerialName("every")
data class CronScheduleEvery(
    val everyMs: Long,
    val anchorMs: Long? = null,
) : CronSchedule

@Serializable
@SerialName("cron")
data class CronScheduleCron(
    val expr: String,
    val tz: String? = null,
    val staggerMs: Long? = null,
) : CronSchedule

@Serializable
@JsonClassDiscriminator("kind")
public sealed interface CronSchedule

@Serializable
@SerialName("systemEvent")
data class CronPayloadSystemEvent(
    val text: String,
) : CronPayload

@Serializable
@SerialName("agentTurn")
data class CronPayloadAgentTurn(
    val model: String? = null,
    val thinking: String? = null,
    val timeoutSeconds: Long? = null,
    val deliver: Boolean? = null,
    val channel: String? = null,
    val to: String? = null,
    val bestEffortDeliver: Boolean? = null,
    val fallbacks: List<String>? = null,
    val message: String,
) : CronPayload

@Serializable
@JsonClassDiscriminator("kind")
public sealed interface CronPayload

@Serializable
data class CronJob(
    val id: String,
    val name: String,
    val agentId: String? = null,
    val description: String? = null,
    val enabled: Boolean,
    val deleteAfterRun: Boolean? = null,
    val createdAtMs: Long,
    val updatedAtMs: Long,
    val schedule: CronSchedule,
    val sessionTarget: String,
    val wakeMode: String,
    val payload: CronPayload,
    val isolation: JsonObject? = null,
    val delivery: JsonObject? = null,
    val sessionKey: String? = null,
    val state: JsonObject,
)

@Serializable
data class NodeRow(
    val nodeId: String,
    val displayName: String? = null,
    val platform: String? = null,
    val version: String? = null,
    val coreVersion: String? = null,
    val uiVersion: String? = null,
    val deviceFamily: String? = null,
    val modelIdentifier: String? = null,
    val caps: List<String>,
    val commands: List<String>,
    val permissions: Map<String, Boolean>? = null,
    val remoteIp: String? = null,
    val pathEnv: String? = null,
    val connectedAtMs: Long? = null,
    val paired: Boolean,
    val connected: Boolean,
    val lastSeenAtMs: Long? = null,
    val pendingRequestId: String? = null,
    val approvedAtMs: Long? = null,
    val hostStats: Map<String, Double>? = null,
)

@Serializable
data class PendingDeviceRow(
    val requestId: String,
    val deviceId: String,
    val publicKey: String,
    val displayName: String? = null,
    val platform: String? = null,
    val deviceFamily: String? = null,
    val clientId: String? = null,
    val clientMode: String? = null,
    val role: String? = null,
    val roles: List<String>? = null,
    val scopes: List<String>? = null,
    val remoteIp: String? = null,
    val silent: Boolean? = null,
    val isRepair: Boolean? = null,
    val ts: Long,
)

@Serializable
data class PairedDeviceRow(
    val deviceId: String,
    val publicKey: String,
    val label: String? = null,
    val displayName: String? = null,
    val platform: String? = null,
    val deviceFamily: String? = null,
    val clientId: String? = null,
    val clientMode: String? = null,
    val role: String? = null,
    val roles: List<String>? = null,
    val scopes: List<String>? = null,
    val remoteIp: String? = null,
    val createdAtMs: Long,
    val approvedAtMs: Long,
    val approvedVia: String? = null,
    val tokens: List<JsonObject>? = null,
    val connected: Boolean? = null,
)

@Serializable
data class ConfigIssue(
    val path: String,
    val message: String,
)

@Serializable
data class HealthParams(
    val probe: Boolean? = null,
)

@Serializable
data class HealthResult(
    val ok: Boolean,
    val ts: Long,
    val durationMs: Long,
    val channels: JsonObject,
    val channelOrder: List<String>,
    val channelLabels: Map<String, String>,
    val heartbeatSeconds: Long,
    val defaultAgentId: String,
    val agents: List<JsonObject>,
    val sessions: JsonObject,
)

@Serializable
data class StatusParams(
    val includeChannelSummary: Boolean? = null,
    val includeCliProjection: Boolean? = null,
)

@Serializable
data class StatusResult(
    val linkChannel: JsonObject? = null,
    val heartbeat: JsonObject,
    val channelSummary: List<String>,
    val queuedSystemEvents: List<String>,
    val sessions: JsonObject,
)

@Serializable
object SystemPresenceParams

typealias SystemPresenceResult = List<PresenceEntry>

@Serializable
data class SystemEventParams(
    val text: String,
    val deviceId: String? = null,
    val instanceId: String? = null,
    val host: String? = null,
    val ip: String? = null,
    val mode: String? = null,
    val version: String? = null,
    val platform: String? = null,
    val deviceFamily: String? = null,
    val modelIdentifier: String? = null,
    val lastInputSeconds: Double? = null,
    val reason: String? = null,
    val roles: List<String>? = null,
    val scopes: List<String>? = null,
    val tags: List<String>? = null,
)

@Serializable
data class SystemEventResult(
    val ok: Boolean,
)

@Serializable
object LastHeartbeatParams

typealias LastHeartbeatResult = HeartbeatEvent?

@Serializable
data class SetHeartbeatsParams(
    val enabled: Boolean,
)

@Serializable
data class SetHeartbeatsResult(
    val ok: Boolean,
    val enabled: Boolean,
)

@Serializable
data class WakeParams(
    val mode: JsonElement,
    val text: String,
    val sessionKey: String? = null,
    val agentId: String? = null,
)

@Serializable
data class WakeResult(
    val ok: Boolean,
)

@Serializable
data class LogsTailParams(
    val cursor: Long? = null,
    val limit: Long? = null,
    val maxBytes: Long? = null,
)

@Serializable
data class LogsTailResult(
    val file: String,
    val cursor: Long,
    val size: Long,
    val lines: List<String>,
    val truncated: Boolean? = null,
    val reset: Boolean? = null,
    val skippedBytes: Long? = null,
)

@Serializable
object ConfigGetParams

@Serializable
data class ConfigGetResult(
    val path: String,
    val exists: Boolean,
    val raw: String?,
    val parsed: JsonElement,
    val valid: Boolean,
    val config: JsonObject,
    val hash: String,
    val issues: List<ConfigIssue>,
    val warnings: List<ConfigIssue>? = null,
    val legacyIssues: List<ConfigIssue>,
)

@Serializable
data class ConfigSetParams(
    val raw: String,
    val baseHash: String? = null,
)

@Serializable
data class ConfigSetResult(
    val ok: Boolean,
    val path: String,
    val config: JsonObject,
)

@Serializable
data class ConfigPatchParams(
    val raw: String,
    val baseHash: String? = null,
    val sessionKey: String? = null,
    val note: String? = null,
    val restartDelayMs: Long? = null,
    val deliveryContext: JsonObject? = null,
    val replacePaths: List<String>? = null,
)

@Serializable
data class ConfigPatchResult(
    val ok: Boolean,
    val path: String,
    val config: JsonObject,
    val restart: JsonObject? = null,
    val sentinel: JsonObject? = null,
)

@Serializable
data class ConfigApplyParams(
    val raw: String,
    val baseHash: String? = null,
    val sessionKey: String? = null,
    val note: String? = null,
    val restartDelayMs: Long? = null,
    val deliveryContext: JsonObject? = null,
)

@Serializable
data class ConfigApplyResult(
    val ok: Boolean,
    val path: String,
    val config: JsonObject,
    val restart: JsonObject? = null,
    val sentinel: JsonObject? = null,
)

@Serializable
object ConfigSchemaParams

@Serializable
data class ConfigSchemaResult(
    val schema: JsonElement,
    val uiHints: JsonObject,
    val version: String,
    val generatedAt: String,
)

@Serializable
object DevicePairListParams

@Serializable
data class DevicePairListResult(
    val pending: List<PendingDeviceRow>,
    val paired: List<PairedDeviceRow>,
)

@Serializable
data class DevicePairApproveParams(
    val requestId: String,
)

@Serializable
data class DevicePairApproveResult(
    val requestId: String,
    val device: PairedDeviceRow,
)

@Serializable
data class DevicePairRejectParams(
    val requestId: String,
)

@Serializable
data class DevicePairRejectResult(
    val requestId: String,
    val deviceId: String,
)

@Serializable
data class DevicePairRemoveParams(
    val deviceId: String,
)

@Serializable
data class DevicePairRemoveResult(
    val deviceId: String,
)

@Serializable
data class DevicePairRenameParams(
    val deviceId: String,
    val label: String,
)

@Serializable
data class DevicePairRenameResult(
    val deviceId: String,
    val label: String,
)

@Serializable
data class DevicePairSetupCodeParams(
    val publicUrl: String? = null,
    val preferRemoteUrl: Boolean? = null,
    val includeQr: Boolean? = null,
    val bootstrapProfile: String? = null,
    val joinUrl: String? = null,
)

@Serializable
data class DevicePairSetupCodeResult(
    val setupId: String? = null,
    val setupCode: String,
    val qrDataUrl: String? = null,
    val gatewayUrl: String,
    val gatewayUrls: List<String>? = null,
    val auth: String,
    val urlSource: String,
    val access: String? = null,
    val expiresAtMs: Long? = null,
)

@Serializable
data class DeviceTokenRotateParams(
    val deviceId: String,
    val role: String,
    val scopes: List<String>? = null,
)

@Serializable
data class DeviceTokenRotateResult(
    val deviceId: String,
    val role: String,
    val token: String? = null,
    val tokenDelivery: String? = null,
    val scopes: List<String>,
    val rotatedAtMs: Long,
)

@Serializable
data class DeviceTokenRevokeParams(
    val deviceId: String,
    val role: String,
)

@Serializable
data class DeviceTokenRevokeResult(
    val deviceId: String,
    val role: String,
    val revokedAtMs: Long,
)

@Serializable
data class SessionsListParams(
    val limit: Long? = null,
    val offset: Long? = null,
    val activeMinutes: Long? = null,
    val includeGlobal: Boolean? = null,
    val includeUnknown: Boolean? = null,
    val includeDerivedTitles: Boolean? = null,
    val includeLastMessage: Boolean? = null,
    val label: String? = null,
    val spawnedBy: String? = null,
    val agentId: String? = null,
    val search: String? = null,
)

@Serializable
data class SessionsListResult(
    val ts: Long,
    val path: String,
    val count: Long,
    val defaults: JsonObject,
    val sessions: List<SessionRow>,
    val totalCount: Long? = null,
    val limitApplied: Long? = null,
    val offset: Long? = null,
    val nextOffset: Long? = null,
    val hasMore: Boolean? = null,
)

@Serializable
data class SessionsPreviewParams(
    val keys: List<String>,
    val limit: Long? = null,
    val maxChars: Long? = null,
)

@Serializable
data class SessionsPreviewResult(
    val ts: Long,
    val previews: List<JsonObject>,
)

@Serializable
data class SessionsResolveParams(
    val key: String? = null,
    val sessionId: String? = null,
    val label: String? = null,
    val agentId: String? = null,
    val spawnedBy: String? = null,
    val includeGlobal: Boolean? = null,
    val includeUnknown: Boolean? = null,
)

@Serializable
data class SessionsResolveResult(
    val ok: Boolean,
    val key: String,
)

@Serializable
data class SessionsPatchParams(
    val key: String,
    val agentId: String? = null,
    val label: JsonElement? = null,
    val model: JsonElement? = null,
    val thinkingLevel: JsonElement? = null,
    val fastMode: JsonElement? = null,
    val category: JsonElement? = null,
    val pinned: JsonElement? = null,
    val archived: JsonElement? = null,
    val unread: JsonElement? = null,
    val verboseLevel: JsonElement? = null,
    val reasoningLevel: JsonElement? = null,
    val responseUsage: JsonElement? = null,
    val elevatedLevel: JsonElement? = null,
    val execHost: JsonElement? = null,
    val execSecurity: JsonElement? = null,
    val execAsk: JsonElement? = null,
    val execNode: JsonElement? = null,
    val spawnedBy: JsonElement? = null,
    val sendPolicy: JsonElement? = null,
    val groupActivation: JsonElement? = null,
)

@Serializable
data class SessionsPatchResult(
    val ok: Boolean,
    val path: String,
    val key: String,
    val entry: JsonObject,
)

@Serializable
data class SessionsResetParams(
    val key: String,
    val expectedSessionId: String? = null,
    val agentId: String? = null,
    val reason: String? = null,
)

@Serializable
data class SessionsResetResult(
    val ok: Boolean,
    val key: String,
    val entry: JsonObject,
)

@Serializable
data class SessionsDeleteParams(
    val key: String,
    val agentId: String? = null,
    val deleteTranscript: Boolean? = null,
)

@Serializable
data class SessionsDeleteResult(
    val ok: Boolean,
    val key: String,
    val deleted: Boolean,
    val archived: List<String>,
)

@Serializable
data class SessionsCompactParams(
    val key: String,
    val agentId: String? = null,
    val maxLines: Long? = null,
)

@Serializable
data class SessionsCompactResult(
    val ok: Boolean,
    val key: String,
    val compacted: Boolean,
    val kept: Long? = null,
    val archived: String? = null,
    val reason: String? = null,
)

@Serializable
data class SessionsSubscribeParams(
    val limit: Long? = null,
    val offset: Long? = null,
    val activeMinutes: Long? = null,
    val includeGlobal: Boolean? = null,
    val includeUnknown: Boolean? = null,
    val includeDerivedTitles: Boolean? = null,
    val includeLastMessage: Boolean? = null,
    val label: String? = null,
    val spawnedBy: String? = null,
    val agentId: String? = null,
    val search: String? = null,
)

@Serializable
data class SessionsSubscribeResult(
    val subscribed: Boolean,
    val list: JsonObject? = null,
)

@Serializable
data class SessionsMessagesSubscribeParams(
    val key: String,
    val agentId: String? = null,
    val includeApprovals: Boolean? = null,
)

@Serializable
data class SessionsMessagesSubscribeResult(
    val subscribed: Boolean? = null,
    val key: String? = null,
)

@Serializable
data class AgentParams(
    val message: String,
    val agentId: String? = null,
    val to: String? = null,
    val replyTo: String? = null,
    val sessionId: String? = null,
    val sessionKey: String? = null,
    val thinking: String? = null,
    val deliver: Boolean? = null,
    val attachments: List<JsonObject>? = null,
    val channel: String? = null,
    val replyChannel: String? = null,
    val accountId: String? = null,
    val replyAccountId: String? = null,
    val threadId: String? = null,
    val groupId: String? = null,
    val groupChannel: String? = null,
    val groupSpace: String? = null,
    val timeout: Long? = null,
    val lane: String? = null,
    val extraSystemPrompt: String? = null,
    val idempotencyKey: String,
    val label: String? = null,
    val spawnedBy: String? = null,
    val provider: String? = null,
    val model: String? = null,
    val bestEffortDeliver: Boolean? = null,
    val expectedExistingSessionId: String? = null,
    val cwd: String? = null,
)

@Serializable(with = AgentResultSerializer::class)
sealed interface AgentResult

object AgentResultSerializer : JsonContentPolymorphicSerializer<AgentResult>(AgentResult::class) {
    override fun selectDeserializer(element: JsonElement): DeserializationStrategy<AgentResult> =
        when (val form = element.jsonObject["status"]?.jsonPrimitive?.content) {
            "accepted" -> AgentAccepted.serializer()
            "in_flight" -> AgentInFlight.serializer()
            "ok", "error", "timeout" -> AgentFinal.serializer()
            else -> throw SerializationException("unknown status: $form")
        }
}

@Serializable
data class AgentWaitParams(
    val runId: String,
    val timeoutMs: Long? = null,
)

@Serializable
data class AgentWaitResult(
    val runId: String,
    val status: String,
    val startedAt: Long? = null,
    val endedAt: Long? = null,
    val error: String? = null,
    val stopReason: String? = null,
)

@Serializable
data class AgentIdentityGetParams(
    val agentId: String? = null,
    val sessionKey: String? = null,
)

@Serializable
data class AgentIdentityGetResult(
    val agentId: String,
    val name: String? = null,
    val avatar: String? = null,
    val emoji: String? = null,
)

@Serializable
object ModelsListParams

@Serializable
data class ModelsListResult(
    val models: List<JsonObject>,
)

@Serializable
object AgentsListParams

@Serializable
data class AgentsListResult(
    val defaultId: String,
    val mainKey: String,
    val scope: String,
    val agents: List<JsonObject>,
)

@Serializable
data class ChatSendParams(
    val sessionKey: String,
    val message: String,
    val agentId: String? = null,
    val thinking: String? = null,
    val deliver: Boolean? = null,
    val attachments: List<JsonObject>? = null,
    val timeoutMs: Long? = null,
    val idempotencyKey: String,
)

typealias ChatSendResult = JsonElement

@Serializable
data class ChatHistoryParams(
    val sessionKey: String,
    val agentId: String? = null,
    val limit: Long? = null,
    val offset: Long? = null,
    val cursor: String? = null,
    val messageId: String? = null,
    val sessionId: String? = null,
    val maxChars: Long? = null,
    val inputRunIds: List<String>? = null,
)

@Serializable
data class ChatHistoryResult(
    val sessionKey: String,
    val sessionId: String? = null,
    val messages: List<ChatMessage>,
    val thinkingLevel: String? = null,
    val verboseLevel: String? = null,
    val pendingInputs: List<JsonObject>? = null,
    val sessionInfo: JsonObject? = null,
    val defaults: JsonObject? = null,
    val inFlightRun: JsonObject? = null,
    val offset: Long? = null,
    val nextOffset: Long? = null,
    val hasMore: Boolean? = null,
    val totalMessages: Long? = null,
    val completeSnapshot: Boolean? = null,
)

@Serializable
data class ChatAbortParams(
    val sessionKey: String,
    val runId: String? = null,
    val agentId: String? = null,
    val preserveSideRuns: Boolean? = null,
)

@Serializable
data class ChatAbortResult(
    val ok: Boolean,
    val aborted: Boolean,
    val runIds: List<String>,
)

@Serializable
data class ChatInjectParams(
    val sessionKey: String,
    val message: String,
    val label: String? = null,
    val agentId: String? = null,
)

@Serializable
data class ChatInjectResult(
    val ok: Boolean,
    val messageId: String,
)

@Serializable
data class SendParams(
    val to: String,
    val channel: String? = null,
    val accountId: String? = null,
    val threadId: String? = null,
    val silent: Boolean? = null,
    val idempotencyKey: String,
    val message: String? = null,
    val mediaUrl: String? = null,
    val mediaUrls: List<String>? = null,
    val gifPlayback: Boolean? = null,
    val sessionKey: String? = null,
    val agentId: String? = null,
    val buffer: String? = null,
    val filename: String? = null,
    val contentType: String? = null,
    val asVoice: Boolean? = null,
    val replyToId: String? = null,
    val buttons: List<List<JsonObject>>? = null,
    val forceDocument: Boolean? = null,
    val parseMode: String? = null,
)

@Serializable
data class SendResult(
    val runId: String,
    val messageId: String,
    val channel: String,
    val channelId: String? = null,
    val toJid: String? = null,
    val conversationId: String? = null,
    val chatId: String? = null,
)

@Serializable
data class PollParams(
    val to: String,
    val channel: String? = null,
    val accountId: String? = null,
    val threadId: String? = null,
    val silent: Boolean? = null,
    val idempotencyKey: String,
    val question: String,
    val options: List<String>,
    val maxSelections: Long? = null,
    val durationHours: Long? = null,
    val durationSeconds: Long? = null,
    val isAnonymous: Boolean? = null,
)

@Serializable
data class PollResult(
    val runId: String,
    val messageId: String,
    val channel: String,
    val channelId: String? = null,
    val toJid: String? = null,
    val conversationId: String? = null,
    val pollId: String? = null,
)

@Serializable
data class MessageActionParams(
    val channel: String,
    val accountId: String? = null,
    val action: String,
    val params: JsonObject,
    val sessionKey: String? = null,
    val idempotencyKey: String,
)

@Serializable
data class MessageActionResult(
    val ok: Boolean,
    val action: String,
    val channel: String,
    val messageId: String,
)

@Serializable
data class ChannelsStatusParams(
    val probe: Boolean? = null,
    val timeoutMs: Long? = null,
    val channel: String? = null,
)

@Serializable
data class ChannelsStatusResult(
    val ts: Long,
    val channelOrder: List<String>,
    val channelLabels: Map<String, String>,
    val channelDetailLabels: Map<String, String>,
    val channelSystemImages: Map<String, String>,
    val channelMeta: List<JsonObject>,
    val channels: JsonObject,
    val channelAccounts: Map<String, List<AccountSnapshot>>,
    val channelDefaultAccountId: Map<String, String>,
    val eventLoop: JsonObject? = null,
    val partial: Boolean? = null,
    val warnings: List<String>? = null,
)

@Serializable
data class ChannelsLogoutParams(
    val channel: String,
    val accountId: String? = null,
)

@Serializable
data class ChannelsLogoutResult(
    val channel: String,
    val accountId: String,
    val cleared: Boolean,
    val loggedOut: Boolean? = null,
)

@Serializable
data class WebLoginStartParams(
    val force: Boolean? = null,
    val timeoutMs: Long? = null,
    val verbose: Boolean? = null,
    val accountId: String? = null,
    val channel: String? = null,
    val phoneNumber: String? = null,
)

@Serializable
data class WebLoginStartResult(
    val message: String,
    val qrDataUrl: String? = null,
    val qrText: String? = null,
    val connected: Boolean? = null,
)

@Serializable
data class WebLoginWaitParams(
    val timeoutMs: Long? = null,
    val accountId: String? = null,
    val sessionKey: String? = null,
    val currentQrDataUrl: String? = null,
    val channel: String? = null,
)

@Serializable
data class WebLoginWaitResult(
    val message: String,
    val connected: Boolean,
    val qrDataUrl: String? = null,
    val qrText: String? = null,
)

@Serializable
data class ChannelsPairingListParams(
    val channel: String? = null,
    val accountId: String? = null,
    val approved: Boolean? = null,
)

@Serializable
data class ChannelsPairingListResult(
    val requests: List<SenderRequest>,
    val approved: List<JsonObject>? = null,
)

@Serializable
data class ChannelsPairingApproveParams(
    val channel: String,
    val accountId: String? = null,
    val requestId: String? = null,
    val code: String? = null,
    val notify: Boolean? = null,
)

@Serializable
data class ChannelsPairingApproveResult(
    val channel: String,
    val id: String,
)

@Serializable
data class ChannelsPairingDismissParams(
    val channel: String,
    val accountId: String? = null,
    val requestId: String,
)

@Serializable
data class ChannelsPairingDismissResult(
    val channel: String,
    val requestId: String,
)

@Serializable
data class ChannelsPairingRevokeParams(
    val channel: String,
    val accountId: String? = null,
    val id: String,
)

@Serializable
data class ChannelsPairingRevokeResult(
    val channel: String,
    val id: String,
    val accountIds: List<String>,
)

@Serializable
data class ChannelsStartParams(
    val channel: String,
    val accountId: String? = null,
)

@Serializable
data class ChannelsStartResult(
    val channel: String,
    val accountId: String,
    val started: Boolean,
)

@Serializable
data class ChannelsStopParams(
    val channel: String,
    val accountId: String? = null,
)

@Serializable
data class ChannelsStopResult(
    val channel: String,
    val accountId: String,
    val stopped: Boolean,
)

@Serializable
data class ChannelsDeadLettersListParams(
    val channel: String? = null,
    val accountId: String? = null,
)

@Serializable
data class ChannelsDeadLettersListResult(
    val deadLetters: List<JsonObject>,
)

@Serializable
data class ChannelsDeadLettersRetryParams(
    val id: String,
)

@Serializable
data class ChannelsDeadLettersRetryResult(
    val id: String,
    val retried: Boolean,
)

@Serializable
data class ChannelsDeadLettersDiscardParams(
    val id: String,
)

@Serializable
data class ChannelsDeadLettersDiscardResult(
    val id: String,
    val discarded: Boolean,
)

@Serializable
object NodeListParams

@Serializable
data class NodeListResult(
    val ts: Long,
    val nodes: List<NodeRow>,
    val activeNodeId: String? = null,
)

@Serializable
data class NodeDescribeParams(
    val nodeId: String,
)

@Serializable
data class NodeDescribeResult(
    val ts: Long,
    val nodeId: String,
    val displayName: String? = null,
    val platform: String? = null,
    val version: String? = null,
    val coreVersion: String? = null,
    val uiVersion: String? = null,
    val deviceFamily: String? = null,
    val modelIdentifier: String? = null,
    val caps: List<String>,
    val commands: List<String>,
    val permissions: Map<String, Boolean>? = null,
    val remoteIp: String? = null,
    val pathEnv: String? = null,
    val connectedAtMs: Long? = null,
    val paired: Boolean,
    val connected: Boolean,
    val lastSeenAtMs: Long? = null,
    val pendingRequestId: String? = null,
    val approvedAtMs: Long? = null,
    val hostStats: Map<String, Double>? = null,
)

@Serializable
data class NodeRenameParams(
    val nodeId: String,
    val displayName: String,
)

@Serializable
data class NodeRenameResult(
    val nodeId: String,
    val displayName: String,
)

@Serializable
data class NodeInvokeParams(
    val nodeId: String,
    val command: String,
    val params: JsonElement? = null,
    val timeoutMs: Long? = null,
    val idempotencyKey: String,
    val sessionKey: String? = null,
    val askApproval: Boolean? = null,
)

@Serializable
data class NodeInvokeResult(
    val ok: Boolean,
    val nodeId: String,
    val command: String,
    val payload: JsonElement? = null,
    @SerialName("payloadJSON") val payloadJson: String?,
)

@Serializable
data class NodePendingEnqueueParams(
    val nodeId: String,
    val command: String,
    val params: JsonElement? = null,
    val expiresInMs: Long? = null,
)

@Serializable
data class NodePendingEnqueueResult(
    val nodeId: String,
    val queued: JsonObject,
)

@Serializable
data class NodePairRequestParams(
    val nodeId: String,
    val displayName: String? = null,
    val platform: String? = null,
    val version: String? = null,
    val coreVersion: String? = null,
    val uiVersion: String? = null,
    val deviceFamily: String? = null,
    val modelIdentifier: String? = null,
    val caps: List<String>? = null,
    val commands: List<String>? = null,
    val remoteIp: String? = null,
    val silent: Boolean? = null,
)

@Serializable
data class NodePairRequestResult(
    val status: String,
    val request: JsonObject,
    val created: Boolean,
)

@Serializable
object NodePairListParams

@Serializable
data class NodePairListResult(
    val pending: List<JsonObject>,
    val paired: List<JsonObject>,
)

@Serializable
data class NodePairApproveParams(
    val requestId: String,
)

@Serializable
data class NodePairApproveResult(
    val requestId: String,
    val node: JsonObject,
)

@Serializable
data class NodePairRejectParams(
    val requestId: String,
)

@Serializable
data class NodePairRejectResult(
    val requestId: String,
    val nodeId: String,
)

@Serializable
data class NodePairVerifyParams(
    val nodeId: String,
    val token: String,
)

@Serializable
data class NodePairVerifyResult(
    val ok: Boolean,
    val node: JsonObject? = null,
)

@Serializable
data class NodePairRemoveParams(
    val nodeId: String,
)

@Serializable
data class NodePairRemoveResult(
    val nodeId: String,
)

@Serializable
data class NodeInvokeResultParams(
    val id: String,
    val nodeId: String,
    val ok: Boolean,
    val payload: JsonElement? = null,
    @SerialName("payloadJSON") val payloadJson: JsonElement? = null,
    val error: JsonElement? = null,
)

@Serializable
data class NodeInvokeResultResult(
    val ok: Boolean,
    val ignored: Boolean? = null,
)

@Serializable
data class NodeInvokeProgressParams(
    val invokeId: String,
    val nodeId: String,
    val seq: Long,
    val chunk: String,
)

@Serializable
data class NodeInvokeProgressResult(
    val ok: Boolean,
    val ignored: Boolean? = null,
)

@Serializable
data class NodeEventParams(
    val event: String,
    val payload: JsonElement? = null,
    @SerialName("payloadJSON") val payloadJson: JsonElement? = null,
)

@Serializable
data class NodeEventResult(
    val ok: Boolean,
    val event: String? = null,
    val handled: Boolean? = null,
    val reason: String? = null,
)

@Serializable
object NodePendingPullParams

@Serializable
data class NodePendingPullResult(
    val nodeId: String,
    val actions: List<JsonObject>,
)

@Serializable
data class NodePendingAckParams(
    val ids: List<String>,
)

@Serializable
data class NodePendingAckResult(
    val nodeId: String,
    val ackedIds: List<String>,
    val remainingCount: Long,
)

@Serializable
data class NodePendingDrainParams(
    val maxItems: Long? = null,
)

@Serializable
data class NodePendingDrainResult(
    val nodeId: String,
    val actions: List<JsonObject>,
)

@Serializable
data class NodePluginSurfaceRefreshParams(
    val surface: String,
    val observedUrl: String? = null,
)

@Serializable
data class NodePluginSurfaceRefreshResult(
    val surface: String,
    val pluginSurfaceUrls: Map<String, String>,
    val expiresAtMs: Long,
)

@Serializable
object NodeCanvasCapabilityRefreshParams

@Serializable
data class NodeCanvasCapabilityRefreshResult(
    val canvasCapability: String,
    val canvasCapabilityExpiresAtMs: Long,
    val canvasHostUrl: String,
)

@Serializable
object SkillsBinsParams

@Serializable
data class SkillsBinsResult(
    val bins: List<String>,
)

@Serializable
data class ExecApprovalRequestParams(
    val id: String? = null,
    val command: String,
    val cwd: JsonElement? = null,
    val host: JsonElement? = null,
    val security: JsonElement? = null,
    val ask: JsonElement? = null,
    val agentId: JsonElement? = null,
    val resolvedPath: JsonElement? = null,
    val sessionKey: JsonElement? = null,
    val timeoutMs: Long? = null,
    val commandArgv: JsonElement? = null,
    val nodeId: JsonElement? = null,
    val env: JsonElement? = null,
)

@Serializable
data class ExecApprovalRequestResult(
    val id: String,
    val decision: String?,
    val createdAtMs: Long,
    val expiresAtMs: Long,
)

@Serializable
object ExecApprovalListParams

@Serializable
data class ExecApprovalListResult(
    val approvals: List<ExecApprovalRequestedEvent>,
)

@Serializable
data class ExecApprovalResolveParams(
    val id: String,
    val decision: String,
)

@Serializable
data class ExecApprovalResolveResult(
    val ok: Boolean,
)

@Serializable
object ExecApprovalsGetParams

@Serializable
data class ExecApprovalsGetResult(
    val path: String,
    val exists: Boolean,
    val hash: String,
    val file: JsonObject,
)

@Serializable
data class ExecApprovalsSetParams(
    val file: JsonObject,
    val baseHash: String? = null,
)

@Serializable
data class ExecApprovalsSetResult(
    val path: String,
    val exists: Boolean,
    val hash: String,
    val file: JsonObject,
)

@Serializable
data class ExecApprovalsNodeGetParams(
    val nodeId: String,
)

@Serializable
data class ExecApprovalsNodeGetResult(
    val path: String,
    val exists: Boolean,
    val hash: String,
    val file: JsonObject,
)

@Serializable
data class ExecApprovalsNodeSetParams(
    val nodeId: String,
    val file: JsonObject,
    val baseHash: String? = null,
)

@Serializable
data class ExecApprovalsNodeSetResult(
    val path: String,
    val exists: Boolean,
    val hash: String,
    val file: JsonObject,
)

@Serializable
data class CronListParams(
    val includeDisabled: Boolean? = null,
    val limit: Long? = null,
    val offset: Long? = null,
    val query: String? = null,
    val agentId: String? = null,
    val sessionKey: String? = null,
    val enabled: String? = null,
    val scheduleKind: String? = null,
    val lastRunStatus: String? = null,
    val sortBy: String? = null,
    val sortDir: String? = null,
)

@Serializable
data class CronListResult(
    val jobs: List<CronJob>,
    val total: Long? = null,
    val offset: Long? = null,
    val limit: Long? = null,
    val hasMore: Boolean? = null,
    val nextOffset: Long? = null,
)

@Serializable
object CronStatusParams

@Serializable
data class CronStatusResult(
    val enabled: Boolean,
    val storePath: String,
    val jobs: Long,
    val nextWakeAtMs: Long? = null,
)

@Serializable
data class CronGetParams(
    val id: String? = null,
    val jobId: String? = null,
)

@Serializable
data class CronGetResult(
    val id: String,
    val name: String,
    val agentId: String? = null,
    val description: String? = null,
    val enabled: Boolean,
    val deleteAfterRun: Boolean? = null,
    val createdAtMs: Long,
    val updatedAtMs: Long,
    val schedule: CronSchedule,
    val sessionTarget: String,
    val wakeMode: String,
    val payload: CronPayload,
    val isolation: JsonObject? = null,
    val delivery: JsonObject? = null,
    val sessionKey: String? = null,
    val state: JsonObject,
)

@Serializable
data class CronAddParams(
    val agentId: JsonElement? = null,
    val description: String? = null,
    val enabled: Boolean? = null,
    val deleteAfterRun: Boolean? = null,
    val isolation: JsonObject? = null,
    val sessionKey: JsonElement? = null,
    val name: String,
    val schedule: CronSchedule,
    val sessionTarget: String? = null,
    val wakeMode: String? = null,
    val payload: CronPayload,
    val delivery: JsonObject? = null,
)

@Serializable
data class CronAddResult(
    val id: String,
    val name: String,
    val agentId: String? = null,
    val description: String? = null,
    val enabled: Boolean,
    val deleteAfterRun: Boolean? = null,
    val createdAtMs: Long,
    val updatedAtMs: Long,
    val schedule: CronSchedule,
    val sessionTarget: String,
    val wakeMode: String,
    val payload: CronPayload,
    val isolation: JsonObject? = null,
    val delivery: JsonObject? = null,
    val sessionKey: String? = null,
    val state: JsonObject,
)

@Serializable
data class CronUpdateParams(
    val id: String? = null,
    val jobId: String? = null,
    val patch: JsonObject,
)

@Serializable
data class CronUpdateResult(
    val id: String,
    val name: String,
    val agentId: String? = null,
    val description: String? = null,
    val enabled: Boolean,
    val deleteAfterRun: Boolean? = null,
    val createdAtMs: Long,
    val updatedAtMs: Long,
    val schedule: CronSchedule,
    val sessionTarget: String,
    val wakeMode: String,
    val payload: CronPayload,
    val isolation: JsonObject? = null,
    val delivery: JsonObject? = null,
    val sessionKey: String? = null,
    val state: JsonObject,
)

@Serializable
data class CronRemoveParams(
    val id: String? = null,
    val jobId: String? = null,
)

@Serializable
data class CronRemoveResult(
    val ok: Boolean,
    val removed: Boolean,
)

@Serializable
data class CronRunParams(
    val id: String? = null,
    val jobId: String? = null,
    val mode: String? = null,
)

@Serializable
data class CronRunResult(
    val ok: Boolean,
    val ran: Boolean,
    val reason: String? = null,
    val runId: String? = null,
)

@Serializable
data class CronRunsParams(
    val id: String? = null,
    val jobId: String? = null,
    val limit: Long? = null,
    val offset: Long? = null,
    val scope: String? = null,
    val runId: String? = null,
    val status: String? = null,
    val statuses: List<String>? = null,
    val query: String? = null,
    val sortDir: String? = null,
)

@Serializable
data class CronRunsResult(
    val entries: List<JsonObject>,
    val total: Long? = null,
    val offset: Long? = null,
    val limit: Long? = null,
    val hasMore: Boolean? = null,
    val nextOffset: Long? = null,
)

@Serializable
object VoicewakeGetParams

@Serializable
data class VoicewakeGetResult(
    val triggers: List<String>,
)

@Serializable
data class VoicewakeSetParams(
    val triggers: List<String>,
)

@Serializable
data class VoicewakeSetResult(
    val triggers: List<String>,
)

@Serializable
data class TalkModeParams(
    val enabled: Boolean,
    val phase: String? = null,
)

@Serializable
data class TalkModeResult(
    val enabled: Boolean,
    val phase: String?,
    val ts: Long,
)

@Serializable
object ProxyCheckBeginParams

@Serializable
data class ProxyCheckBeginResult(
    val ticket: String,
    val path: String,
    val expiresAtMs: Long,
)

@Serializable
data class ProxyCheckReadParams(
    val ticket: String,
)

@Serializable
data class ProxyCheckReadResult(
    val sightings: List<JsonObject>,
)

@Serializable
data class ConnectChallengeEvent(
    val nonce: String,
    val ts: Long,
)

@Serializable
data class TickEvent(
    val ts: Long,
)

@Serializable
data class HealthEvent(
    val ok: Boolean,
    val ts: Long,
    val durationMs: Long,
    val channels: JsonObject,
    val channelOrder: List<String>,
    val channelLabels: Map<String, String>,
    val heartbeatSeconds: Long,
    val defaultAgentId: String,
    val agents: List<JsonObject>,
    val sessions: JsonObject,
)

@Serializable
data class HeartbeatEvent(
    val ts: Long,
    val status: JsonElement,
    val reason: String? = null,
    val durationMs: Long? = null,
    val channel: String? = null,
    val to: String? = null,
    val preview: String? = null,
    val hasMedia: Boolean? = null,
    val silent: Boolean? = null,
    val indicatorType: JsonElement? = null,
)

@Serializable
data class ShutdownEvent(
    val reason: String,
    val restartExpectedMs: Long? = null,
)

@Serializable
data class PresenceEvent(
    val presence: List<PresenceEntry>,
)

@Serializable
data class AgentEvent(
    val runId: String,
    val seq: Long,
    val stream: String,
    val ts: Long,
    val data: JsonObject,
    val sessionKey: String? = null,
    val agentId: String? = null,
    val sessionId: String? = null,
    val spawnedBy: String? = null,
    val isHeartbeat: Boolean? = null,
)

@Serializable
data class ChatEvent(
    val runId: String,
    val sessionKey: String,
    val seq: Long,
    val state: String,
    val agentId: String? = null,
    val message: ChatMessage? = null,
    val deltaText: String? = null,
    val replace: Boolean? = null,
    val errorMessage: String? = null,
    val errorKind: String? = null,
    val errorDetail: JsonObject? = null,
    val usage: JsonObject? = null,
    val stopReason: String? = null,
    val phase: String? = null,
)

@Serializable
data class CronEvent(
    val jobId: String,
    val action: String,
    val runAtMs: Long? = null,
    val durationMs: Long? = null,
    val status: String? = null,
    val error: String? = null,
    val summary: String? = null,
    val nextRunAtMs: Long? = null,
)

@Serializable
data class VoicewakeChangedEvent(
    val triggers: List<String>,
)

@Serializable
data class TalkModeEvent(
    val enabled: Boolean,
    val phase: String?,
    val ts: Long,
)

@Serializable
data class ConfigChangedEvent(
    val path: String,
    val hash: String,
    val ts: Long,
)

@Serializable
data class DevicePairRequestedEvent(
    val requestId: String,
    val deviceId: String,
    val publicKey: String,
    val displayName: String? = null,
    val platform: String? = null,
    val deviceFamily: String? = null,
    val clientId: String? = null,
    val clientMode: String? = null,
    val role: String? = null,
    val roles: List<String>? = null,
    val scopes: List<String>? = null,
    val remoteIp: String? = null,
    val silent: Boolean? = null,
    val isRepair: Boolean? = null,
    val ts: Long,
)

@Serializable
data class DevicePairResolvedEvent(
    val requestId: String,
    val deviceId: String,
    val decision: String,
    val ts: Long,
)

@Serializable
data class DevicePairSetupCompletedEvent(
    val setupId: String,
    val deviceId: String,
    val deviceName: String? = null,
    val access: String,
    val ts: Long,
)

@Serializable
data class ChannelPairRequestedEvent(
    val requestId: String,
    val channel: String,
    val accountId: String? = null,
    val id: String,
    val code: String? = null,
    val createdAt: String,
    val lastSeenAt: String? = null,
    val meta: JsonObject? = null,
)

@Serializable
data class ChannelPairResolvedEvent(
    val channel: String,
    val accountId: String? = null,
    val requestId: String,
    val decision: String,
    val ts: Long,
)

@Serializable
data class NodePairRequestedEvent(
    val requestId: String,
    val nodeId: String,
    val displayName: String? = null,
    val platform: String? = null,
    val version: String? = null,
    val coreVersion: String? = null,
    val uiVersion: String? = null,
    val deviceFamily: String? = null,
    val modelIdentifier: String? = null,
    val caps: List<String>? = null,
    val commands: List<String>? = null,
    val permissions: Map<String, Boolean>? = null,
    val remoteIp: String? = null,
    val silent: Boolean? = null,
    val isRepair: Boolean? = null,
    val ts: Long,
)

@Serializable
data class NodePairResolvedEvent(
    val requestId: String,
    val nodeId: String,
    val decision: String,
    val ts: Long,
)

@Serializable
data class ExecApprovalRequestedEvent(
    val id: String,
    val request: JsonObject,
    val createdAtMs: Long,
    val expiresAtMs: Long,
)

@Serializable
data class ExecApprovalResolvedEvent(
    val id: String,
    val decision: String,
    val resolvedBy: String? = null,
    val ts: Long,
)

@Serializable
data class NodeSurfaceChangedEvent(
    val nodeId: String,
    val caps: List<String>,
    val commands: List<String>,
    val pendingRequestId: String? = null,
)

@Serializable
data class NodeInvokeRequestEvent(
    val id: String,
    val nodeId: String,
    val command: String,
    @SerialName("paramsJSON") val paramsJson: String? = null,
    val timeoutMs: Long? = null,
    val idempotencyKey: String? = null,
    val sessionKey: String? = null,
)

@Serializable
data class NodeInvokeCancelEvent(
    val invokeId: String,
    val nodeId: String,
)

@Serializable
data class NodeInvokeProgressEvent(
    val invokeId: String,
    val nodeId: String,
    val command: String,
    val idempotencyKey: String,
    val seq: Long,
    val chunk: String,
)
