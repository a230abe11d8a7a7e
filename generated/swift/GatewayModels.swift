// Generated from the protocol catalogue by `npm run generate`: do not edit.
// swiftlint:disable file_length identifier_name type_body_length

import Foundation

public let GATEWAY_PROTOCOL_VERSION = 4
public let GATEWAY_MIN_PROTOCOL_VERSION = 3
public let GATEWAY_MIN_NODE_PROTOCOL_VERSION = 3

public enum ErrorCode: String, Codable, Sendable {
    case notLinked = "NOT_LINKED"
    case notPaired = "NOT_PAIRED"
    case agentTimeout = "AGENT_TIMEOUT"
    case invalidRequest = "INVALID_REQUEST"
    case unavailable = "UNAVAILABLE"
    case forbidden = "FORBIDDEN"
    case approvalNotFound = "APPROVAL_NOT_FOUND"
}

public struct RequestFrame: Codable, Sendable {
    public let type: String
    public let id: String
    public let method: String
    public let params: AnyCodable?
    public let traceparent: String?
    public let expectedprofileid: String?

    public init(
        type: String,
        id: String,
        method: String,
        params: AnyCodable? = nil,
        traceparent: String? = nil,
        expectedprofileid: String? = nil
    ) {
        self.type = type
        self.id = id
        self.method = method
        self.params = params
        self.traceparent = traceparent
        self.expectedprofileid = expectedprofileid
    }

    private enum CodingKeys: String, CodingKey {
        case type
        case id
        case method
        case params
        case traceparent
        case expectedprofileid = "expectedProfileId"
    }
}

public struct ResponseFrame: Codable, Sendable {
    public let type: String
    public let id: String
    public let ok: Bool
    public let payload: AnyCodable?
    public let error: ErrorShape?

    public init(
        type: String,
        id: String,
        ok: Bool,
        payload: AnyCodable? = nil,
        error: ErrorShape? = nil
    ) {
        self.type = type
        self.id = id
        self.ok = ok
        self.payload = payload
        self.error = error
    }

    private enum CodingKeys: String, CodingKey {
        case type
        case id
        case ok
        case payload
        case error
    }
}

public struct EventFrame: Codable, Sendable {
    public let type: String
    public let event: String
    public let payload: AnyCodable?
    public let seq: Int?
    public let stateversion: StateVersion?

    public init(
        type: String,
        event: String,
        payload: AnyCodable? = nil,
        seq: Int? = nil,
        stateversion: StateVersion? = nil
    ) {
        self.type = type
        self.event = event
        self.payload = payload
        self.seq = seq
        self.stateversion = stateversion
    }

    private enum CodingKeys: String, CodingKey {
        case type
        case event
        case payload
        case seq
        case stateversion = "stateVersion"
    }
}

public struct ErrorShape: Codable, Sendable {
    public let code: String
    public let message: String
    public let details: AnyCodable?
    public let retryable: Bool?
    public let retryafterms: Int?

    public init(
        code: String,
        message: String,
        details: AnyCodable? = nil,
        retryable: Bool? = nil,
        retryafterms: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.details = details
        self.retryable = retryable
        self.retryafterms = retryafterms
    }

    private enum CodingKeys: String, CodingKey {
        case code
        case message
        case details
        case retryable
        case retryafterms = "retryAfterMs"
    }
}

public struct ConnectParams: Codable, Sendable {
    public let minprotocol: Int
    public let maxprotocol: Int
    public let client: [String: AnyCodable]
    public let caps: [String]?
    public let commands: [String]?
    public let permissions: [String: Bool]?
    public let pathenv: String?
    public let role: String?
    public let scopes: [String]?
    public let device: [String: AnyCodable]?
    public let auth: [String: AnyCodable]?
    public let locale: String?
    public let useragent: String?

    public init(
        minprotocol: Int,
        maxprotocol: Int,
        client: [String: AnyCodable],
        caps: [String]? = nil,
        commands: [String]? = nil,
        permissions: [String: Bool]? = nil,
        pathenv: String? = nil,
        role: String? = nil,
        scopes: [String]? = nil,
        device: [String: AnyCodable]? = nil,
        auth: [String: AnyCodable]? = nil,
        locale: String? = nil,
        useragent: String? = nil
    ) {
        self.minprotocol = minprotocol
        self.maxprotocol = maxprotocol
        self.client = client
        self.caps = caps
        self.commands = commands
        self.permissions = permissions
        self.pathenv = pathenv
        self.role = role
        self.scopes = scopes
        self.device = device
        self.auth = auth
        self.locale = locale
        self.useragent = useragent
    }

    private enum CodingKeys: String, CodingKey {
        case minprotocol = "minProtocol"
        case maxprotocol = "maxProtocol"
        case client
        case caps
        case commands
        case permissions
        case pathenv = "pathEnv"
        case role
        case scopes
        case device
        case auth
        case locale
        case useragent = "userAgent"
    }
}

public struct HelloOk: Codable, Sendable {
    public let type: String
    public let _protocol: Int
    public let server: [String: AnyCodable]
    public let features: [String: AnyCodable]
    public let snapshot: Snapshot
    public let canvashosturl: String?
    public let pluginsurfaceurls: [String: String]?
    public let auth: [String: AnyCodable]?
    public let policy: [String: AnyCodable]

    public init(
        type: String,
        _protocol: Int,
        server: [String: AnyCodable],
        features: [String: AnyCodable],
        snapshot: Snapshot,
        canvashosturl: String? = nil,
        pluginsurfaceurls: [String: String]? = nil,
        auth: [String: AnyCodable]? = nil,
        policy: [String: AnyCodable]
    ) {
        self.type = type
        self._protocol = _protocol
        self.server = server
        self.features = features
        self.snapshot = snapshot
        self.canvashosturl = canvashosturl
        self.pluginsurfaceurls = pluginsurfaceurls
        self.auth = auth
        self.policy = policy
    }

    private enum CodingKeys: String, CodingKey {
        case type
        case _protocol = "protocol"
        case server
        case features
        case snapshot
        case canvashosturl = "canvasHostUrl"
        case pluginsurfaceurls = "pluginSurfaceUrls"
        case auth
        case policy
    }
}

public struct Snapshot: Codable, Sendable {
    public let presence: [PresenceEntry]
    public let health: AnyCodable
    public let stateversion: StateVersion
    public let uptimems: Int
    public let configpath: String?
    public let statedir: String?
    public let sessiondefaults: [String: AnyCodable]?
    public let authmode: String?

    public init(
        presence: [PresenceEntry],
        health: AnyCodable,
        stateversion: StateVersion,
        uptimems: Int,
        configpath: String? = nil,
        statedir: String? = nil,
        sessiondefaults: [String: AnyCodable]? = nil,
        authmode: String? = nil
    ) {
        self.presence = presence
        self.health = health
        self.stateversion = stateversion
        self.uptimems = uptimems
        self.configpath = configpath
        self.statedir = statedir
        self.sessiondefaults = sessiondefaults
        self.authmode = authmode
    }

    private enum CodingKeys: String, CodingKey {
        case presence
        case health
        case stateversion = "stateVersion"
        case uptimems = "uptimeMs"
        case configpath = "configPath"
        case statedir = "stateDir"
        case sessiondefaults = "sessionDefaults"
        case authmode = "authMode"
    }
}

public struct PresenceEntry: Codable, Sendable {
    public let ts: Int
    public let host: String?
    public let ip: String?
    public let version: String?
    public let platform: String?
    public let devicefamily: String?
    public let modelidentifier: String?
    public let mode: String?
    public let reason: String?
    public let text: String?
    public let deviceid: String?
    public let instanceid: String?
    public let timezone: String?
    public let lastinputseconds: Int?
    public let tags: [String]?
    public let roles: [String]?
    public let scopes: [String]?
    public let onlinesince: Int?
    public let lastactivityat: Int?

    public init(
        ts: Int,
        host: String? = nil,
        ip: String? = nil,
        version: String? = nil,
        platform: String? = nil,
        devicefamily: String? = nil,
        modelidentifier: String? = nil,
        mode: String? = nil,
        reason: String? = nil,
        text: String? = nil,
        deviceid: String? = nil,
        instanceid: String? = nil,
        timezone: String? = nil,
        lastinputseconds: Int? = nil,
        tags: [String]? = nil,
        roles: [String]? = nil,
        scopes: [String]? = nil,
        onlinesince: Int? = nil,
        lastactivityat: Int? = nil
    ) {
        self.ts = ts
        self.host = host
        self.ip = ip
        self.version = version
        self.platform = platform
        self.devicefamily = devicefamily
        self.modelidentifier = modelidentifier
        self.mode = mode
        self.reason = reason
        self.text = text
        self.deviceid = deviceid
        self.instanceid = instanceid
        self.timezone = timezone
        self.lastinputseconds = lastinputseconds
        self.tags = tags
        self.roles = roles
        self.scopes = scopes
        self.onlinesince = onlinesince
        self.lastactivityat = lastactivityat
    }

    private enum CodingKeys: String, CodingKey {
        case ts
        case host
        case ip
        case version
        case platform
        case devicefamily = "deviceFamily"
        case modelidentifier = "modelIdentifier"
        case mode
        case reason
        case text
        case deviceid = "deviceId"
        case instanceid = "instanceId"
        case timezone = "timeZone"
        case lastinputseconds = "lastInputSeconds"
        case tags
        case roles
        case scopes
        case onlinesince = "onlineSince"
        case lastactivityat = "lastActivityAt"
    }
}

public struct StateVersion: Codable, Sendable {
    public let presence: Int
    public let health: Int

    public init(
        presence: Int,
        health: Int
    ) {
        self.presence = presence
        self.health = health
    }

    private enum CodingKeys: String, CodingKey {
        case presence
        case health
    }
}

public struct AgentAccepted: Codable, Sendable {
    public let runid: String
    public let status: String
    public let acceptedat: Int
    public let sessionkey: String?
    public let agentid: String?

    public init(
        runid: String,
        status: String,
        acceptedat: Int,
        sessionkey: String? = nil,
        agentid: String? = nil
    ) {
        self.runid = runid
        self.status = status
        self.acceptedat = acceptedat
        self.sessionkey = sessionkey
        self.agentid = agentid
    }

    private enum CodingKeys: String, CodingKey {
        case runid = "runId"
        case status
        case acceptedat = "acceptedAt"
        case sessionkey = "sessionKey"
        case agentid = "agentId"
    }
}

public struct AgentInFlight: Codable, Sendable {
    public let runid: String
    public let status: String
    public let sessionkey: String?
    public let agentid: String?

    public init(
        runid: String,
        status: String,
        sessionkey: String? = nil,
        agentid: String? = nil
    ) {
        self.runid = runid
        self.status = status
        self.sessionkey = sessionkey
        self.agentid = agentid
    }

    private enum CodingKeys: String, CodingKey {
        case runid = "runId"
        case status
        case sessionkey = "sessionKey"
        case agentid = "agentId"
    }
}

public struct AgentFinal: Codable, Sendable {
    public let runid: String
    public let status: String
    public let summary: String
    public let result: [String: AnyCodable]?
    public let stopreason: String?
    public let timeoutphase: String?
    public let providerstarted: Bool?

    public init(
        runid: String,
        status: String,
        summary: String,
        result: [String: AnyCodable]? = nil,
        stopreason: String? = nil,
        timeoutphase: String? = nil,
        providerstarted: Bool? = nil
    ) {
        self.runid = runid
        self.status = status
        self.summary = summary
        self.result = result
        self.stopreason = stopreason
        self.timeoutphase = timeoutphase
        self.providerstarted = providerstarted
    }

    private enum CodingKeys: String, CodingKey {
        case runid = "runId"
        case status
        case summary
        case result
        case stopreason = "stopReason"
        case timeoutphase = "timeoutPhase"
        case providerstarted = "providerStarted"
    }
}

public struct AgentRunResult: Codable, Sendable {
    public let payloads: [[String: AnyCodable]]
    public let meta: [String: AnyCodable]

    public init(
        payloads: [[String: AnyCodable]],
        meta: [String: AnyCodable]
    ) {
        self.payloads = payloads
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case payloads
        case meta
    }
}

public struct ChatMessage: Codable, Sendable {
    public let role: String
    public let content: AnyCodable
    public let timestamp: Int?
    public let id: String?
    public let toolcallid: String?
    public let toolname: String?
    public let iserror: Bool?
    public let provider: String?
    public let model: String?
    public let stopreason: String?
    public let usage: [String: AnyCodable]?

    public init(
        role: String,
        content: AnyCodable,
        timestamp: Int? = nil,
        id: String? = nil,
        toolcallid: String? = nil,
        toolname: String? = nil,
        iserror: Bool? = nil,
        provider: String? = nil,
        model: String? = nil,
        stopreason: String? = nil,
        usage: [String: AnyCodable]? = nil
    ) {
        self.role = role
        self.content = content
        self.timestamp = timestamp
        self.id = id
        self.toolcallid = toolcallid
        self.toolname = toolname
        self.iserror = iserror
        self.provider = provider
        self.model = model
        self.stopreason = stopreason
        self.usage = usage
    }

    private enum CodingKeys: String, CodingKey {
        case role
        case content
        case timestamp
        case id
        case toolcallid = "toolCallId"
        case toolname = "toolName"
        case iserror = "isError"
        case provider
        case model
        case stopreason = "stopReason"
        case usage
    }
}

public struct SessionRow: Codable, Sendable {
    public let key: String
    public let kind: String
    public let label: String?
    public let displayname: String?
    public let channel: String?
    public let subject: String?
    public let groupchannel: String?
    public let space: String?
    public let chattype: String?
    public let origin: [String: AnyCodable]?
    public let updatedat: AnyCodable
    public let sessionid: String?
    public let systemsent: Bool?
    public let abortedlastrun: Bool?
    public let thinkinglevel: String?
    public let verboselevel: String?
    public let reasoninglevel: String?
    public let elevatedlevel: String?
    public let sendpolicy: String?
    public let responseusage: String?
    public let inputtokens: Int?
    public let outputtokens: Int?
    public let totaltokens: Int?
    public let modelprovider: String?
    public let model: String?
    public let contexttokens: Int?
    public let deliverycontext: [String: AnyCodable]?
    public let lastchannel: String?
    public let lastto: String?
    public let lastaccountid: String?
    public let derivedtitle: String?
    public let lastmessagepreview: String?
    public let hasactiverun: Bool?
    public let activerunids: [String]?

    public init(
        key: String,
        kind: String,
        label: String? = nil,
        displayname: String? = nil,
        channel: String? = nil,
        subject: String? = nil,
        groupchannel: String? = nil,
        space: String? = nil,
        chattype: String? = nil,
        origin: [String: AnyCodable]? = nil,
        updatedat: AnyCodable,
        sessionid: String? = nil,
        systemsent: Bool? = nil,
        abortedlastrun: Bool? = nil,
        thinkinglevel: String? = nil,
        verboselevel: String? = nil,
        reasoninglevel: String? = nil,
        elevatedlevel: String? = nil,
        sendpolicy: String? = nil,
        responseusage: String? = nil,
        inputtokens: Int? = nil,
        outputtokens: Int? = nil,
        totaltokens: Int? = nil,
        modelprovider: String? = nil,
        model: String? = nil,
        contexttokens: Int? = nil,
        deliverycontext: [String: AnyCodable]? = nil,
        lastchannel: String? = nil,
        lastto: String? = nil,
        lastaccountid: String? = nil,
        derivedtitle: String? = nil,
        lastmessagepreview: String? = nil,
        hasactiverun: Bool? = nil,
        activerunids: [String]? = nil
    ) {
        self.key = key
        self.kind = kind
        self.label = label
        self.displayname = displayname
        self.channel = channel
        self.subject = subject
        self.groupchannel = groupchannel
        self.space = space
        self.chattype = chattype
        self.origin = origin
        self.updatedat = updatedat
        self.sessionid = sessionid
        self.systemsent = systemsent
        self.abortedlastrun = abortedlastrun
        self.thinkinglevel = thinkinglevel
        self.verboselevel = verboselevel
        self.reasoninglevel = reasoninglevel
        self.elevatedlevel = elevatedlevel
        self.sendpolicy = sendpolicy
        self.responseusage = responseusage
        self.inputtokens = inputtokens
        self.outputtokens = outputtokens
        self.totaltokens = totaltokens
        self.modelprovider = modelprovider
        self.model = model
        self.contexttokens = contexttokens
        self.deliverycontext = deliverycontext
        self.lastchannel = lastchannel
        self.lastto = lastto
        self.lastaccountid = lastaccountid
        self.derivedtitle = derivedtitle
        self.lastmessagepreview = lastmessagepreview
        self.hasactiverun = hasactiverun
        self.activerunids = activerunids
    }

    private enum CodingKeys: String, CodingKey {
        case key
        case kind
        case label
        case displayname = "displayName"
        case channel
        case subject
        case groupchannel = "groupChannel"
        case space
        case chattype = "chatType"
        case origin
        case updatedat = "updatedAt"
        case sessionid = "sessionId"
        case systemsent = "systemSent"
        case abortedlastrun = "abortedLastRun"
        case thinkinglevel = "thinkingLevel"
        case verboselevel = "verboseLevel"
        case reasoninglevel = "reasoningLevel"
        case elevatedlevel = "elevatedLevel"
        case sendpolicy = "sendPolicy"
        case responseusage = "responseUsage"
        case inputtokens = "inputTokens"
        case outputtokens = "outputTokens"
        case totaltokens = "totalTokens"
        case modelprovider = "modelProvider"
        case model
        case contexttokens = "contextTokens"
        case deliverycontext = "deliveryContext"
        case lastchannel = "lastChannel"
        case lastto = "lastTo"
        case lastaccountid = "lastAccountId"
        case derivedtitle = "derivedTitle"
        case lastmessagepreview = "lastMessagePreview"
        case hasactiverun = "hasActiveRun"
        case activerunids = "activeRunIds"
    }
}

public struct AccountSnapshot: Codable, Sendable {
    public let accountid: String
    public let name: String?
    public let enabled: Bool?
    public let configured: Bool?
    public let linked: Bool?
    public let running: Bool?
    public let connected: Bool?
    public let lasterror: AnyCodable?

    public init(
        accountid: String,
        name: String? = nil,
        enabled: Bool? = nil,
        configured: Bool? = nil,
        linked: Bool? = nil,
        running: Bool? = nil,
        connected: Bool? = nil,
        lasterror: AnyCodable? = nil
    ) {
        self.accountid = accountid
        self.name = name
        self.enabled = enabled
        self.configured = configured
        self.linked = linked
        self.running = running
        self.connected = connected
        self.lasterror = lasterror
    }

    private enum CodingKeys: String, CodingKey {
        case accountid = "accountId"
        case name
        case enabled
        case configured
        case linked
        case running
        case connected
        case lasterror = "lastError"
    }
}

public struct SenderRequest: Codable, Sendable {
    public let requestid: String
    public let channel: String
    public let accountid: String?
    public let id: String
    public let code: String?
    public let createdat: String
    public let lastseenat: String?
    public let meta: [String: AnyCodable]?

    public init(
        requestid: String,
        channel: String,
        accountid: String? = nil,
        id: String,
        code: String? = nil,
        createdat: String,
        lastseenat: String? = nil,
        meta: [String: AnyCodable]? = nil
    ) {
        self.requestid = requestid
        self.channel = channel
        self.accountid = accountid
        self.id = id
        self.code = code
        self.createdat = createdat
        self.lastseenat = lastseenat
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case channel
        case accountid = "accountId"
        case id
        case code
        case createdat = "createdAt"
        case lastseenat = "lastSeenAt"
        case meta
    }
}

public struct CronScheduleAt: Codable, Sendable {
    public let kind: String
    public let atms: Int?
    public let at: String?

    public init(
        kind: String,
        atms: Int? = nil,
        at: String? = nil
    ) {
        self.kind = kind
        self.atms = atms
        self.at = at
    }

    private enum CodingKeys: String, CodingKey {
        case kind
        case atms = "atMs"
        case at
    }
}

public struct CronScheduleEvery: Codable, Sendable {
    public let kind: String
    public let everyms: Int
    public let anchorms: Int?

    public init(
        kind: String,
        everyms: Int,
        anchorms: Int? = nil
    ) {
        self.kind = kind
        self.everyms = everyms
        self.anchorms = anchorms
    }

    private enum CodingKeys: String, CodingKey {
        case kind
        case everyms = "everyMs"
        case anchorms = "anchorMs"
    }
}

public struct CronScheduleCron: Codable, Sendable {
    public let kind: String
    public let expr: String
    public let tz: String?
    public let staggerms: Int?

    public init(
        kind: String,
        expr: String,
        tz: String? = nil,
        staggerms: Int? = nil
    ) {
        self.kind = kind
        self.expr = expr
        self.tz = tz
        self.staggerms = staggerms
    }

    private enum CodingKeys: String, CodingKey {
        case kind
        case expr
        case tz
        case staggerms = "staggerMs"
    }
}

public struct CronPayloadSystemEvent: Codable, Sendable {
    public let kind: String
    public let text: String

    public init(
        kind: String,
        text: String
    ) {
        self.kind = kind
        self.text = text
    }

    private enum CodingKeys: String, CodingKey {
        case kind
        case text
    }
}

public struct CronPayloadAgentTurn: Codable, Sendable {
    public let kind: String
    public let model: String?
    public let thinking: String?
    public let timeoutseconds: Int?
    public let deliver: Bool?
    public let channel: String?
    public let to: String?
    public let besteffortdeliver: Bool?
    public let fallbacks: [String]?
    public let message: String

    public init(
        kind: String,
        model: String? = nil,
        thinking: String? = nil,
        timeoutseconds: Int? = nil,
        deliver: Bool? = nil,
        channel: String? = nil,
        to: String? = nil,
        besteffortdeliver: Bool? = nil,
        fallbacks: [String]? = nil,
        message: String
    ) {
        self.kind = kind
        self.model = model
        self.thinking = thinking
        self.timeoutseconds = timeoutseconds
        self.deliver = deliver
        self.channel = channel
        self.to = to
        self.besteffortdeliver = besteffortdeliver
        self.fallbacks = fallbacks
        self.message = message
    }

    private enum CodingKeys: String, CodingKey {
        case kind
        case model
        case thinking
        case timeoutseconds = "timeoutSeconds"
        case deliver
        case channel
        case to
        case besteffortdeliver = "bestEffortDeliver"
        case fallbacks
        case message
    }
}

public struct CronJob: Codable, Sendable {
    public let id: String
    public let name: String
    public let agentid: String?
    public let description: String?
    public let enabled: Bool
    public let deleteafterrun: Bool?
    public let createdatms: Int
    public let updatedatms: Int
    public let schedule: CronSchedule
    public let sessiontarget: String
    public let wakemode: String
    public let payload: CronPayload
    public let isolation: [String: AnyCodable]?
    public let delivery: [String: AnyCodable]?
    public let sessionkey: String?
    public let state: [String: AnyCodable]

    public init(
        id: String,
        name: String,
        agentid: String? = nil,
        description: String? = nil,
        enabled: Bool,
        deleteafterrun: Bool? = nil,
        createdatms: Int,
        updatedatms: Int,
        schedule: CronSchedule,
        sessiontarget: String,
        wakemode: String,
        payload: CronPayload,
        isolation: [String: AnyCodable]? = nil,
        delivery: [String: AnyCodable]? = nil,
        sessionkey: String? = nil,
        state: [String: AnyCodable]
    ) {
        self.id = id
        self.name = name
        self.agentid = agentid
        self.description = description
        self.enabled = enabled
        self.deleteafterrun = deleteafterrun
        self.createdatms = createdatms
        self.updatedatms = updatedatms
        self.schedule = schedule
        self.sessiontarget = sessiontarget
        self.wakemode = wakemode
        self.payload = payload
        self.isolation = isolation
        self.delivery = delivery
        self.sessionkey = sessionkey
        self.state = state
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case agentid = "agentId"
        case description
        case enabled
        case deleteafterrun = "deleteAfterRun"
        case createdatms = "createdAtMs"
        case updatedatms = "updatedAtMs"
        case schedule
        case sessiontarget = "sessionTarget"
        case wakemode = "wakeMode"
        case payload
        case isolation
        case delivery
        case sessionkey = "sessionKey"
        case state
    }
}

public struct NodeRow: Codable, Sendable {
    public let nodeid: String
    public let displayname: String?
    public let platform: String?
    public let version: String?
    public let coreversion: String?
    public let uiversion: String?
    public let devicefamily: String?
    public let modelidentifier: String?
    public let caps: [String]
    public let commands: [String]
    public let permissions: [String: Bool]?
    public let remoteip: String?
    public let pathenv: String?
    public let connectedatms: Int?
    public let paired: Bool
    public let connected: Bool
    public let lastseenatms: Int?
    public let pendingrequestid: String?
    public let approvedatms: Int?
    public let hoststats: [String: Double]?

    public init(
        nodeid: String,
        displayname: String? = nil,
        platform: String? = nil,
        version: String? = nil,
        coreversion: String? = nil,
        uiversion: String? = nil,
        devicefamily: String? = nil,
        modelidentifier: String? = nil,
        caps: [String],
        commands: [String],
        permissions: [String: Bool]? = nil,
        remoteip: String? = nil,
        pathenv: String? = nil,
        connectedatms: Int? = nil,
        paired: Bool,
        connected: Bool,
        lastseenatms: Int? = nil,
        pendingrequestid: String? = nil,
        approvedatms: Int? = nil,
        hoststats: [String: Double]? = nil
    ) {
        self.nodeid = nodeid
        self.displayname = displayname
        self.platform = platform
        self.version = version
        self.coreversion = coreversion
        self.uiversion = uiversion
        self.devicefamily = devicefamily
        self.modelidentifier = modelidentifier
        self.caps = caps
        self.commands = commands
        self.permissions = permissions
        self.remoteip = remoteip
        self.pathenv = pathenv
        self.connectedatms = connectedatms
        self.paired = paired
        self.connected = connected
        self.lastseenatms = lastseenatms
        self.pendingrequestid = pendingrequestid
        self.approvedatms = approvedatms
        self.hoststats = hoststats
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case displayname = "displayName"
        case platform
        case version
        case coreversion = "coreVersion"
        case uiversion = "uiVersion"
        case devicefamily = "deviceFamily"
        case modelidentifier = "modelIdentifier"
        case caps
        case commands
        case permissions
        case remoteip = "remoteIp"
        case pathenv = "pathEnv"
        case connectedatms = "connectedAtMs"
        case paired
        case connected
        case lastseenatms = "lastSeenAtMs"
        case pendingrequestid = "pendingRequestId"
        case approvedatms = "approvedAtMs"
        case hoststats = "hostStats"
    }
}

public struct PendingDeviceRow: Codable, Sendable {
    public let requestid: String
    public let deviceid: String
    public let publickey: String
    public let displayname: String?
    public let platform: String?
    public let devicefamily: String?
    public let clientid: String?
    public let clientmode: String?
    public let role: String?
    public let roles: [String]?
    public let scopes: [String]?
    public let remoteip: String?
    public let silent: Bool?
    public let isrepair: Bool?
    public let ts: Int

    public init(
        requestid: String,
        deviceid: String,
        publickey: String,
        displayname: String? = nil,
        platform: String? = nil,
        devicefamily: String? = nil,
        clientid: String? = nil,
        clientmode: String? = nil,
        role: String? = nil,
        roles: [String]? = nil,
        scopes: [String]? = nil,
        remoteip: String? = nil,
        silent: Bool? = nil,
        isrepair: Bool? = nil,
        ts: Int
    ) {
        self.requestid = requestid
        self.deviceid = deviceid
        self.publickey = publickey
        self.displayname = displayname
        self.platform = platform
        self.devicefamily = devicefamily
        self.clientid = clientid
        self.clientmode = clientmode
        self.role = role
        self.roles = roles
        self.scopes = scopes
        self.remoteip = remoteip
        self.silent = silent
        self.isrepair = isrepair
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case deviceid = "deviceId"
        case publickey = "publicKey"
        case displayname = "displayName"
        case platform
        case devicefamily = "deviceFamily"
        case clientid = "clientId"
        case clientmode = "clientMode"
        case role
        case roles
        case scopes
        case remoteip = "remoteIp"
        case silent
        case isrepair = "isRepair"
        case ts
    }
}

public struct PairedDeviceRow: Codable, Sendable {
    public let deviceid: String
    public let publickey: String
    public let label: String?
    public let displayname: String?
    public let platform: String?
    public let devicefamily: String?
    public let clientid: String?
    public let clientmode: String?
    public let role: String?
    public let roles: [String]?
    public let scopes: [String]?
    public let remoteip: String?
    public let createdatms: Int
    public let approvedatms: Int
    public let approvedvia: String?
    public let tokens: [[String: AnyCodable]]?
    public let connected: Bool?

    public init(
        deviceid: String,
        publickey: String,
        label: String? = nil,
        displayname: String? = nil,
        platform: String? = nil,
        devicefamily: String? = nil,
        clientid: String? = nil,
        clientmode: String? = nil,
        role: String? = nil,
        roles: [String]? = nil,
        scopes: [String]? = nil,
        remoteip: String? = nil,
        createdatms: Int,
        approvedatms: Int,
        approvedvia: String? = nil,
        tokens: [[String: AnyCodable]]? = nil,
        connected: Bool? = nil
    ) {
        self.deviceid = deviceid
        self.publickey = publickey
        self.label = label
        self.displayname = displayname
        self.platform = platform
        self.devicefamily = devicefamily
        self.clientid = clientid
        self.clientmode = clientmode
        self.role = role
        self.roles = roles
        self.scopes = scopes
        self.remoteip = remoteip
        self.createdatms = createdatms
        self.approvedatms = approvedatms
        self.approvedvia = approvedvia
        self.tokens = tokens
        self.connected = connected
    }

    private enum CodingKeys: String, CodingKey {
        case deviceid = "deviceId"
        case publickey = "publicKey"
        case label
        case displayname = "displayName"
        case platform
        case devicefamily = "deviceFamily"
        case clientid = "clientId"
        case clientmode = "clientMode"
        case role
        case roles
        case scopes
        case remoteip = "remoteIp"
        case createdatms = "createdAtMs"
        case approvedatms = "approvedAtMs"
        case approvedvia = "approvedVia"
        case tokens
        case connected
    }
}

public struct ConfigIssue: Codable, Sendable {
    public let path: String
    public let message: String

    public init(
        path: String,
        message: String
    ) {
        self.path = path
        self.message = message
    }

    private enum CodingKeys: String, CodingKey {
        case path
        case message
    }
}

public struct HealthParams: Codable, Sendable {
    public let probe: Bool?

    public init(
        probe: Bool? = nil
    ) {
        self.probe = probe
    }

    private enum CodingKeys: String, CodingKey {
        case probe
    }
}

public struct HealthResult: Codable, Sendable {
    public let ok: Bool
    public let ts: Int
    public let durationms: Int
    public let channels: [String: AnyCodable]
    public let channelorder: [String]
    public let channellabels: [String: String]
    public let heartbeatseconds: Int
    public let defaultagentid: String
    public let agents: [[String: AnyCodable]]
    public let sessions: [String: AnyCodable]

    public init(
        ok: Bool,
        ts: Int,
        durationms: Int,
        channels: [String: AnyCodable],
        channelorder: [String],
        channellabels: [String: String],
        heartbeatseconds: Int,
        defaultagentid: String,
        agents: [[String: AnyCodable]],
        sessions: [String: AnyCodable]
    ) {
        self.ok = ok
        self.ts = ts
        self.durationms = durationms
        self.channels = channels
        self.channelorder = channelorder
        self.channellabels = channellabels
        self.heartbeatseconds = heartbeatseconds
        self.defaultagentid = defaultagentid
        self.agents = agents
        self.sessions = sessions
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case ts
        case durationms = "durationMs"
        case channels
        case channelorder = "channelOrder"
        case channellabels = "channelLabels"
        case heartbeatseconds = "heartbeatSeconds"
        case defaultagentid = "defaultAgentId"
        case agents
        case sessions
    }
}

public struct StatusParams: Codable, Sendable {
    public let includechannelsummary: Bool?
    public let includecliprojection: Bool?

    public init(
        includechannelsummary: Bool? = nil,
        includecliprojection: Bool? = nil
    ) {
        self.includechannelsummary = includechannelsummary
        self.includecliprojection = includecliprojection
    }

    private enum CodingKeys: String, CodingKey {
        case includechannelsummary = "includeChannelSummary"
        case includecliprojection = "includeCliProjection"
    }
}

public struct StatusResult: Codable, Sendable {
    public let linkchannel: [String: AnyCodable]?
    public let heartbeat: [String: AnyCodable]
    public let channelsummary: [String]
    public let queuedsystemevents: [String]
    public let sessions: [String: AnyCodable]

    public init(
        linkchannel: [String: AnyCodable]? = nil,
        heartbeat: [String: AnyCodable],
        channelsummary: [String],
        queuedsystemevents: [String],
        sessions: [String: AnyCodable]
    ) {
        self.linkchannel = linkchannel
        self.heartbeat = heartbeat
        self.channelsummary = channelsummary
        self.queuedsystemevents = queuedsystemevents
        self.sessions = sessions
    }

    private enum CodingKeys: String, CodingKey {
        case linkchannel = "linkChannel"
        case heartbeat
        case channelsummary = "channelSummary"
        case queuedsystemevents = "queuedSystemEvents"
        case sessions
    }
}

public struct SystemPresenceParams: Codable, Sendable {
    public init() {}
}

public struct SystemEventParams: Codable, Sendable {
    public let text: String
    public let deviceid: String?
    public let instanceid: String?
    public let host: String?
    public let ip: String?
    public let mode: String?
    public let version: String?
    public let platform: String?
    public let devicefamily: String?
    public let modelidentifier: String?
    public let lastinputseconds: Double?
    public let reason: String?
    public let roles: [String]?
    public let scopes: [String]?
    public let tags: [String]?

    public init(
        text: String,
        deviceid: String? = nil,
        instanceid: String? = nil,
        host: String? = nil,
        ip: String? = nil,
        mode: String? = nil,
        version: String? = nil,
        platform: String? = nil,
        devicefamily: String? = nil,
        modelidentifier: String? = nil,
        lastinputseconds: Double? = nil,
        reason: String? = nil,
        roles: [String]? = nil,
        scopes: [String]? = nil,
        tags: [String]? = nil
    ) {
        self.text = text
        self.deviceid = deviceid
        self.instanceid = instanceid
        self.host = host
        self.ip = ip
        self.mode = mode
        self.version = version
        self.platform = platform
        self.devicefamily = devicefamily
        self.modelidentifier = modelidentifier
        self.lastinputseconds = lastinputseconds
        self.reason = reason
        self.roles = roles
        self.scopes = scopes
        self.tags = tags
    }

    private enum CodingKeys: String, CodingKey {
        case text
        case deviceid = "deviceId"
        case instanceid = "instanceId"
        case host
        case ip
        case mode
        case version
        case platform
        case devicefamily = "deviceFamily"
        case modelidentifier = "modelIdentifier"
        case lastinputseconds = "lastInputSeconds"
        case reason
        case roles
        case scopes
        case tags
    }
}

public struct SystemEventResult: Codable, Sendable {
    public let ok: Bool

    public init(
        ok: Bool
    ) {
        self.ok = ok
    }

    private enum CodingKeys: String, CodingKey {
        case ok
    }
}

public struct LastHeartbeatParams: Codable, Sendable {
    public init() {}
}

public struct SetHeartbeatsParams: Codable, Sendable {
    public let enabled: Bool

    public init(
        enabled: Bool
    ) {
        self.enabled = enabled
    }

    private enum CodingKeys: String, CodingKey {
        case enabled
    }
}

public struct SetHeartbeatsResult: Codable, Sendable {
    public let ok: Bool
    public let enabled: Bool

    public init(
        ok: Bool,
        enabled: Bool
    ) {
        self.ok = ok
        self.enabled = enabled
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case enabled
    }
}

public struct WakeParams: Codable, Sendable {
    public let mode: AnyCodable
    public let text: String
    public let sessionkey: String?
    public let agentid: String?

    public init(
        mode: AnyCodable,
        text: String,
        sessionkey: String? = nil,
        agentid: String? = nil
    ) {
        self.mode = mode
        self.text = text
        self.sessionkey = sessionkey
        self.agentid = agentid
    }

    private enum CodingKeys: String, CodingKey {
        case mode
        case text
        case sessionkey = "sessionKey"
        case agentid = "agentId"
    }
}

public struct WakeResult: Codable, Sendable {
    public let ok: Bool

    public init(
        ok: Bool
    ) {
        self.ok = ok
    }

    private enum CodingKeys: String, CodingKey {
        case ok
    }
}

public struct LogsTailParams: Codable, Sendable {
    public let cursor: Int?
    public let limit: Int?
    public let maxbytes: Int?

    public init(
        cursor: Int? = nil,
        limit: Int? = nil,
        maxbytes: Int? = nil
    ) {
        self.cursor = cursor
        self.limit = limit
        self.maxbytes = maxbytes
    }

    private enum CodingKeys: String, CodingKey {
        case cursor
        case limit
        case maxbytes = "maxBytes"
    }
}

public struct LogsTailResult: Codable, Sendable {
    public let file: String
    public let cursor: Int
    public let size: Int
    public let lines: [String]
    public let truncated: Bool?
    public let reset: Bool?
    public let skippedbytes: Int?

    public init(
        file: String,
        cursor: Int,
        size: Int,
        lines: [String],
        truncated: Bool? = nil,
        reset: Bool? = nil,
        skippedbytes: Int? = nil
    ) {
        self.file = file
        self.cursor = cursor
        self.size = size
        self.lines = lines
        self.truncated = truncated
        self.reset = reset
        self.skippedbytes = skippedbytes
    }

    private enum CodingKeys: String, CodingKey {
        case file
        case cursor
        case size
        case lines
        case truncated
        case reset
        case skippedbytes = "skippedBytes"
    }
}

public struct ConfigGetParams: Codable, Sendable {
    public init() {}
}

public struct ConfigGetResult: Codable, Sendable {
    public let path: String
    public let exists: Bool
    public let raw: AnyCodable
    public let parsed: AnyCodable
    public let valid: Bool
    public let config: [String: AnyCodable]
    public let hash: String
    public let issues: [ConfigIssue]
    public let warnings: [ConfigIssue]?
    public let legacyissues: [ConfigIssue]

    public init(
        path: String,
        exists: Bool,
        raw: AnyCodable,
        parsed: AnyCodable,
        valid: Bool,
        config: [String: AnyCodable],
        hash: String,
        issues: [ConfigIssue],
        warnings: [ConfigIssue]? = nil,
        legacyissues: [ConfigIssue]
    ) {
        self.path = path
        self.exists = exists
        self.raw = raw
        self.parsed = parsed
        self.valid = valid
        self.config = config
        self.hash = hash
        self.issues = issues
        self.warnings = warnings
        self.legacyissues = legacyissues
    }

    private enum CodingKeys: String, CodingKey {
        case path
        case exists
        case raw
        case parsed
        case valid
        case config
        case hash
        case issues
        case warnings
        case legacyissues = "legacyIssues"
    }
}

public struct ConfigSetParams: Codable, Sendable {
    public let raw: String
    public let basehash: String?

    public init(
        raw: String,
        basehash: String? = nil
    ) {
        self.raw = raw
        self.basehash = basehash
    }

    private enum CodingKeys: String, CodingKey {
        case raw
        case basehash = "baseHash"
    }
}

public struct ConfigSetResult: Codable, Sendable {
    public let ok: Bool
    public let path: String
    public let config: [String: AnyCodable]

    public init(
        ok: Bool,
        path: String,
        config: [String: AnyCodable]
    ) {
        self.ok = ok
        self.path = path
        self.config = config
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case path
        case config
    }
}

public struct ConfigPatchParams: Codable, Sendable {
    public let raw: String
    public let basehash: String?
    public let sessionkey: String?
    public let note: String?
    public let restartdelayms: Int?
    public let deliverycontext: [String: AnyCodable]?
    public let replacepaths: [String]?

    public init(
        raw: String,
        basehash: String? = nil,
        sessionkey: String? = nil,
        note: String? = nil,
        restartdelayms: Int? = nil,
        deliverycontext: [String: AnyCodable]? = nil,
        replacepaths: [String]? = nil
    ) {
        self.raw = raw
        self.basehash = basehash
        self.sessionkey = sessionkey
        self.note = note
        self.restartdelayms = restartdelayms
        self.deliverycontext = deliverycontext
        self.replacepaths = replacepaths
    }

    private enum CodingKeys: String, CodingKey {
        case raw
        case basehash = "baseHash"
        case sessionkey = "sessionKey"
        case note
        case restartdelayms = "restartDelayMs"
        case deliverycontext = "deliveryContext"
        case replacepaths = "replacePaths"
    }
}

public struct ConfigPatchResult: Codable, Sendable {
    public let ok: Bool
    public let path: String
    public let config: [String: AnyCodable]
    public let restart: [String: AnyCodable]?
    public let sentinel: [String: AnyCodable]?

    public init(
        ok: Bool,
        path: String,
        config: [String: AnyCodable],
        restart: [String: AnyCodable]? = nil,
        sentinel: [String: AnyCodable]? = nil
    ) {
        self.ok = ok
        self.path = path
        self.config = config
        self.restart = restart
        self.sentinel = sentinel
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case path
        case config
        case restart
        case sentinel
    }
}

public struct ConfigApplyParams: Codable, Sendable {
    public let raw: String
    public let basehash: String?
    public let sessionkey: String?
    public let note: String?
    public let restartdelayms: Int?
    public let deliverycontext: [String: AnyCodable]?

    public init(
        raw: String,
        basehash: String? = nil,
        sessionkey: String? = nil,
        note: String? = nil,
        restartdelayms: Int? = nil,
        deliverycontext: [String: AnyCodable]? = nil
    ) {
        self.raw = raw
        self.basehash = basehash
        self.sessionkey = sessionkey
        self.note = note
        self.restartdelayms = restartdelayms
        self.deliverycontext = deliverycontext
    }

    private enum CodingKeys: String, CodingKey {
        case raw
        case basehash = "baseHash"
        case sessionkey = "sessionKey"
        case note
        case restartdelayms = "restartDelayMs"
        case deliverycontext = "deliveryContext"
    }
}

public struct ConfigApplyResult: Codable, Sendable {
    public let ok: Bool
    public let path: String
    public let config: [String: AnyCodable]
    public let restart: [String: AnyCodable]?
    public let sentinel: [String: AnyCodable]?

    public init(
        ok: Bool,
        path: String,
        config: [String: AnyCodable],
        restart: [String: AnyCodable]? = nil,
        sentinel: [String: AnyCodable]? = nil
    ) {
        self.ok = ok
        self.path = path
        self.config = config
        self.restart = restart
        self.sentinel = sentinel
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case path
        case config
        case restart
        case sentinel
    }
}

public struct ConfigSchemaParams: Codable, Sendable {
    public init() {}
}

public struct ConfigSchemaResult: Codable, Sendable {
    public let schema: AnyCodable
    public let uihints: [String: AnyCodable]
    public let version: String
    public let generatedat: String

    public init(
        schema: AnyCodable,
        uihints: [String: AnyCodable],
        version: String,
        generatedat: String
    ) {
        self.schema = schema
        self.uihints = uihints
        self.version = version
        self.generatedat = generatedat
    }

    private enum CodingKeys: String, CodingKey {
        case schema
        case uihints = "uiHints"
        case version
        case generatedat = "generatedAt"
    }
}

public struct DevicePairListParams: Codable, Sendable {
    public init() {}
}

public struct DevicePairListResult: Codable, Sendable {
    public let pending: [PendingDeviceRow]
    public let paired: [PairedDeviceRow]

    public init(
        pending: [PendingDeviceRow],
        paired: [PairedDeviceRow]
    ) {
        self.pending = pending
        self.paired = paired
    }

    private enum CodingKeys: String, CodingKey {
        case pending
        case paired
    }
}

public struct DevicePairApproveParams: Codable, Sendable {
    public let requestid: String

    public init(
        requestid: String
    ) {
        self.requestid = requestid
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
    }
}

public struct DevicePairApproveResult: Codable, Sendable {
    public let requestid: String
    public let device: PairedDeviceRow

    public init(
        requestid: String,
        device: PairedDeviceRow
    ) {
        self.requestid = requestid
        self.device = device
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case device
    }
}

public struct DevicePairRejectParams: Codable, Sendable {
    public let requestid: String

    public init(
        requestid: String
    ) {
        self.requestid = requestid
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
    }
}

public struct DevicePairRejectResult: Codable, Sendable {
    public let requestid: String
    public let deviceid: String

    public init(
        requestid: String,
        deviceid: String
    ) {
        self.requestid = requestid
        self.deviceid = deviceid
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case deviceid = "deviceId"
    }
}

public struct DevicePairRemoveParams: Codable, Sendable {
    public let deviceid: String

    public init(
        deviceid: String
    ) {
        self.deviceid = deviceid
    }

    private enum CodingKeys: String, CodingKey {
        case deviceid = "deviceId"
    }
}

public struct DevicePairRemoveResult: Codable, Sendable {
    public let deviceid: String

    public init(
        deviceid: String
    ) {
        self.deviceid = deviceid
    }

    private enum CodingKeys: String, CodingKey {
        case deviceid = "deviceId"
    }
}

public struct DevicePairRenameParams: Codable, Sendable {
    public let deviceid: String
    public let label: String

    public init(
        deviceid: String,
        label: String
    ) {
        self.deviceid = deviceid
        self.label = label
    }

    private enum CodingKeys: String, CodingKey {
        case deviceid = "deviceId"
        case label
    }
}

public struct DevicePairRenameResult: Codable, Sendable {
    public let deviceid: String
    public let label: String

    public init(
        deviceid: String,
        label: String
    ) {
        self.deviceid = deviceid
        self.label = label
    }

    private enum CodingKeys: String, CodingKey {
        case deviceid = "deviceId"
        case label
    }
}

public struct DevicePairSetupCodeParams: Codable, Sendable {
    public let publicurl: String?
    public let preferremoteurl: Bool?
    public let includeqr: Bool?
    public let bootstrapprofile: String?
    public let joinurl: String?

    public init(
        publicurl: String? = nil,
        preferremoteurl: Bool? = nil,
        includeqr: Bool? = nil,
        bootstrapprofile: String? = nil,
        joinurl: String? = nil
    ) {
        self.publicurl = publicurl
        self.preferremoteurl = preferremoteurl
        self.includeqr = includeqr
        self.bootstrapprofile = bootstrapprofile
        self.joinurl = joinurl
    }

    private enum CodingKeys: String, CodingKey {
        case publicurl = "publicUrl"
        case preferremoteurl = "preferRemoteUrl"
        case includeqr = "includeQr"
        case bootstrapprofile = "bootstrapProfile"
        case joinurl = "joinUrl"
    }
}

public struct DevicePairSetupCodeResult: Codable, Sendable {
    public let setupid: String?
    public let setupcode: String
    public let qrdataurl: String?
    public let gatewayurl: String
    public let gatewayurls: [String]?
    public let auth: String
    public let urlsource: String
    public let access: String?
    public let expiresatms: Int?

    public init(
        setupid: String? = nil,
        setupcode: String,
        qrdataurl: String? = nil,
        gatewayurl: String,
        gatewayurls: [String]? = nil,
        auth: String,
        urlsource: String,
        access: String? = nil,
        expiresatms: Int? = nil
    ) {
        self.setupid = setupid
        self.setupcode = setupcode
        self.qrdataurl = qrdataurl
        self.gatewayurl = gatewayurl
        self.gatewayurls = gatewayurls
        self.auth = auth
        self.urlsource = urlsource
        self.access = access
        self.expiresatms = expiresatms
    }

    private enum CodingKeys: String, CodingKey {
        case setupid = "setupId"
        case setupcode = "setupCode"
        case qrdataurl = "qrDataUrl"
        case gatewayurl = "gatewayUrl"
        case gatewayurls = "gatewayUrls"
        case auth
        case urlsource = "urlSource"
        case access
        case expiresatms = "expiresAtMs"
    }
}

public struct DeviceTokenRotateParams: Codable, Sendable {
    public let deviceid: String
    public let role: String
    public let scopes: [String]?

    public init(
        deviceid: String,
        role: String,
        scopes: [String]? = nil
    ) {
        self.deviceid = deviceid
        self.role = role
        self.scopes = scopes
    }

    private enum CodingKeys: String, CodingKey {
        case deviceid = "deviceId"
        case role
        case scopes
    }
}

public struct DeviceTokenRotateResult: Codable, Sendable {
    public let deviceid: String
    public let role: String
    public let token: String?
    public let tokendelivery: String?
    public let scopes: [String]
    public let rotatedatms: Int

    public init(
        deviceid: String,
        role: String,
        token: String? = nil,
        tokendelivery: String? = nil,
        scopes: [String],
        rotatedatms: Int
    ) {
        self.deviceid = deviceid
        self.role = role
        self.token = token
        self.tokendelivery = tokendelivery
        self.scopes = scopes
        self.rotatedatms = rotatedatms
    }

    private enum CodingKeys: String, CodingKey {
        case deviceid = "deviceId"
        case role
        case token
        case tokendelivery = "tokenDelivery"
        case scopes
        case rotatedatms = "rotatedAtMs"
    }
}

public struct DeviceTokenRevokeParams: Codable, Sendable {
    public let deviceid: String
    public let role: String

    public init(
        deviceid: String,
        role: String
    ) {
        self.deviceid = deviceid
        self.role = role
    }

    private enum CodingKeys: String, CodingKey {
        case deviceid = "deviceId"
        case role
    }
}

public struct DeviceTokenRevokeResult: Codable, Sendable {
    public let deviceid: String
    public let role: String
    public let revokedatms: Int

    public init(
        deviceid: String,
        role: String,
        revokedatms: Int
    ) {
        self.deviceid = deviceid
        self.role = role
        self.revokedatms = revokedatms
    }

    private enum CodingKeys: String, CodingKey {
        case deviceid = "deviceId"
        case role
        case revokedatms = "revokedAtMs"
    }
}

public struct SessionsListParams: Codable, Sendable {
    public let limit: Int?
    public let offset: Int?
    public let activeminutes: Int?
    public let includeglobal: Bool?
    public let includeunknown: Bool?
    public let includederivedtitles: Bool?
    public let includelastmessage: Bool?
    public let label: String?
    public let spawnedby: String?
    public let agentid: String?
    public let search: String?

    public init(
        limit: Int? = nil,
        offset: Int? = nil,
        activeminutes: Int? = nil,
        includeglobal: Bool? = nil,
        includeunknown: Bool? = nil,
        includederivedtitles: Bool? = nil,
        includelastmessage: Bool? = nil,
        label: String? = nil,
        spawnedby: String? = nil,
        agentid: String? = nil,
        search: String? = nil
    ) {
        self.limit = limit
        self.offset = offset
        self.activeminutes = activeminutes
        self.includeglobal = includeglobal
        self.includeunknown = includeunknown
        self.includederivedtitles = includederivedtitles
        self.includelastmessage = includelastmessage
        self.label = label
        self.spawnedby = spawnedby
        self.agentid = agentid
        self.search = search
    }

    private enum CodingKeys: String, CodingKey {
        case limit
        case offset
        case activeminutes = "activeMinutes"
        case includeglobal = "includeGlobal"
        case includeunknown = "includeUnknown"
        case includederivedtitles = "includeDerivedTitles"
        case includelastmessage = "includeLastMessage"
        case label
        case spawnedby = "spawnedBy"
        case agentid = "agentId"
        case search
    }
}

public struct SessionsListResult: Codable, Sendable {
    public let ts: Int
    public let path: String
    public let count: Int
    public let defaults: [String: AnyCodable]
    public let sessions: [SessionRow]
    public let totalcount: Int?
    public let limitapplied: Int?
    public let offset: Int?
    public let nextoffset: AnyCodable?
    public let hasmore: Bool?

    public init(
        ts: Int,
        path: String,
        count: Int,
        defaults: [String: AnyCodable],
        sessions: [SessionRow],
        totalcount: Int? = nil,
        limitapplied: Int? = nil,
        offset: Int? = nil,
        nextoffset: AnyCodable? = nil,
        hasmore: Bool? = nil
    ) {
        self.ts = ts
        self.path = path
        self.count = count
        self.defaults = defaults
        self.sessions = sessions
        self.totalcount = totalcount
        self.limitapplied = limitapplied
        self.offset = offset
        self.nextoffset = nextoffset
        self.hasmore = hasmore
    }

    private enum CodingKeys: String, CodingKey {
        case ts
        case path
        case count
        case defaults
        case sessions
        case totalcount = "totalCount"
        case limitapplied = "limitApplied"
        case offset
        case nextoffset = "nextOffset"
        case hasmore = "hasMore"
    }
}

public struct SessionsPreviewParams: Codable, Sendable {
    public let keys: [String]
    public let limit: Int?
    public let maxchars: Int?

    public init(
        keys: [String],
        limit: Int? = nil,
        maxchars: Int? = nil
    ) {
        self.keys = keys
        self.limit = limit
        self.maxchars = maxchars
    }

    private enum CodingKeys: String, CodingKey {
        case keys
        case limit
        case maxchars = "maxChars"
    }
}

public struct SessionsPreviewResult: Codable, Sendable {
    public let ts: Int
    public let previews: [[String: AnyCodable]]

    public init(
        ts: Int,
        previews: [[String: AnyCodable]]
    ) {
        self.ts = ts
        self.previews = previews
    }

    private enum CodingKeys: String, CodingKey {
        case ts
        case previews
    }
}

public struct SessionsResolveParams: Codable, Sendable {
    public let key: String?
    public let sessionid: String?
    public let label: String?
    public let agentid: String?
    public let spawnedby: String?
    public let includeglobal: Bool?
    public let includeunknown: Bool?

    public init(
        key: String? = nil,
        sessionid: String? = nil,
        label: String? = nil,
        agentid: String? = nil,
        spawnedby: String? = nil,
        includeglobal: Bool? = nil,
        includeunknown: Bool? = nil
    ) {
        self.key = key
        self.sessionid = sessionid
        self.label = label
        self.agentid = agentid
        self.spawnedby = spawnedby
        self.includeglobal = includeglobal
        self.includeunknown = includeunknown
    }

    private enum CodingKeys: String, CodingKey {
        case key
        case sessionid = "sessionId"
        case label
        case agentid = "agentId"
        case spawnedby = "spawnedBy"
        case includeglobal = "includeGlobal"
        case includeunknown = "includeUnknown"
    }
}

public struct SessionsResolveResult: Codable, Sendable {
    public let ok: Bool
    public let key: String

    public init(
        ok: Bool,
        key: String
    ) {
        self.ok = ok
        self.key = key
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case key
    }
}

public struct SessionsPatchParams: Codable, Sendable {
    public let key: String
    public let agentid: String?
    public let label: AnyCodable?
    public let model: AnyCodable?
    public let thinkinglevel: AnyCodable?
    public let fastmode: AnyCodable?
    public let category: AnyCodable?
    public let pinned: AnyCodable?
    public let archived: AnyCodable?
    public let unread: AnyCodable?
    public let verboselevel: AnyCodable?
    public let reasoninglevel: AnyCodable?
    public let responseusage: AnyCodable?
    public let elevatedlevel: AnyCodable?
    public let exechost: AnyCodable?
    public let execsecurity: AnyCodable?
    public let execask: AnyCodable?
    public let execnode: AnyCodable?
    public let spawnedby: AnyCodable?
    public let sendpolicy: AnyCodable?
    public let groupactivation: AnyCodable?

    public init(
        key: String,
        agentid: String? = nil,
        label: AnyCodable? = nil,
        model: AnyCodable? = nil,
        thinkinglevel: AnyCodable? = nil,
        fastmode: AnyCodable? = nil,
        category: AnyCodable? = nil,
        pinned: AnyCodable? = nil,
        archived: AnyCodable? = nil,
        unread: AnyCodable? = nil,
        verboselevel: AnyCodable? = nil,
        reasoninglevel: AnyCodable? = nil,
        responseusage: AnyCodable? = nil,
        elevatedlevel: AnyCodable? = nil,
        exechost: AnyCodable? = nil,
        execsecurity: AnyCodable? = nil,
        execask: AnyCodable? = nil,
        execnode: AnyCodable? = nil,
        spawnedby: AnyCodable? = nil,
        sendpolicy: AnyCodable? = nil,
        groupactivation: AnyCodable? = nil
    ) {
        self.key = key
        self.agentid = agentid
        self.label = label
        self.model = model
        self.thinkinglevel = thinkinglevel
        self.fastmode = fastmode
        self.category = category
        self.pinned = pinned
        self.archived = archived
        self.unread = unread
        self.verboselevel = verboselevel
        self.reasoninglevel = reasoninglevel
        self.responseusage = responseusage
        self.elevatedlevel = elevatedlevel
        self.exechost = exechost
        self.execsecurity = execsecurity
        self.execask = execask
        self.execnode = execnode
        self.spawnedby = spawnedby
        self.sendpolicy = sendpolicy
        self.groupactivation = groupactivation
    }

    private enum CodingKeys: String, CodingKey {
        case key
        case agentid = "agentId"
        case label
        case model
        case thinkinglevel = "thinkingLevel"
        case fastmode = "fastMode"
        case category
        case pinned
        case archived
        case unread
        case verboselevel = "verboseLevel"
        case reasoninglevel = "reasoningLevel"
        case responseusage = "responseUsage"
        case elevatedlevel = "elevatedLevel"
        case exechost = "execHost"
        case execsecurity = "execSecurity"
        case execask = "execAsk"
        case execnode = "execNode"
        case spawnedby = "spawnedBy"
        case sendpolicy = "sendPolicy"
        case groupactivation = "groupActivation"
    }
}

public struct SessionsPatchResult: Codable, Sendable {
    public let ok: Bool
    public let path: String
    public let key: String
    public let entry: [String: AnyCodable]

    public init(
        ok: Bool,
        path: String,
        key: String,
        entry: [String: AnyCodable]
    ) {
        self.ok = ok
        self.path = path
        self.key = key
        self.entry = entry
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case path
        case key
        case entry
    }
}

public struct SessionsResetParams: Codable, Sendable {
    public let key: String
    public let expectedsessionid: String?
    public let agentid: String?
    public let reason: String?

    public init(
        key: String,
        expectedsessionid: String? = nil,
        agentid: String? = nil,
        reason: String? = nil
    ) {
        self.key = key
        self.expectedsessionid = expectedsessionid
        self.agentid = agentid
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case key
        case expectedsessionid = "expectedSessionId"
        case agentid = "agentId"
        case reason
    }
}

public struct SessionsResetResult: Codable, Sendable {
    public let ok: Bool
    public let key: String
    public let entry: [String: AnyCodable]

    public init(
        ok: Bool,
        key: String,
        entry: [String: AnyCodable]
    ) {
        self.ok = ok
        self.key = key
        self.entry = entry
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case key
        case entry
    }
}

public struct SessionsDeleteParams: Codable, Sendable {
    public let key: String
    public let agentid: String?
    public let deletetranscript: Bool?

    public init(
        key: String,
        agentid: String? = nil,
        deletetranscript: Bool? = nil
    ) {
        self.key = key
        self.agentid = agentid
        self.deletetranscript = deletetranscript
    }

    private enum CodingKeys: String, CodingKey {
        case key
        case agentid = "agentId"
        case deletetranscript = "deleteTranscript"
    }
}

public struct SessionsDeleteResult: Codable, Sendable {
    public let ok: Bool
    public let key: String
    public let deleted: Bool
    public let archived: [String]

    public init(
        ok: Bool,
        key: String,
        deleted: Bool,
        archived: [String]
    ) {
        self.ok = ok
        self.key = key
        self.deleted = deleted
        self.archived = archived
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case key
        case deleted
        case archived
    }
}

public struct SessionsCompactParams: Codable, Sendable {
    public let key: String
    public let agentid: String?
    public let maxlines: Int?

    public init(
        key: String,
        agentid: String? = nil,
        maxlines: Int? = nil
    ) {
        self.key = key
        self.agentid = agentid
        self.maxlines = maxlines
    }

    private enum CodingKeys: String, CodingKey {
        case key
        case agentid = "agentId"
        case maxlines = "maxLines"
    }
}

public struct SessionsCompactResult: Codable, Sendable {
    public let ok: Bool
    public let key: String
    public let compacted: Bool
    public let kept: Int?
    public let archived: String?
    public let reason: String?

    public init(
        ok: Bool,
        key: String,
        compacted: Bool,
        kept: Int? = nil,
        archived: String? = nil,
        reason: String? = nil
    ) {
        self.ok = ok
        self.key = key
        self.compacted = compacted
        self.kept = kept
        self.archived = archived
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case key
        case compacted
        case kept
        case archived
        case reason
    }
}

public struct SessionsSubscribeParams: Codable, Sendable {
    public let limit: Int?
    public let offset: Int?
    public let activeminutes: Int?
    public let includeglobal: Bool?
    public let includeunknown: Bool?
    public let includederivedtitles: Bool?
    public let includelastmessage: Bool?
    public let label: String?
    public let spawnedby: String?
    public let agentid: String?
    public let search: String?

    public init(
        limit: Int? = nil,
        offset: Int? = nil,
        activeminutes: Int? = nil,
        includeglobal: Bool? = nil,
        includeunknown: Bool? = nil,
        includederivedtitles: Bool? = nil,
        includelastmessage: Bool? = nil,
        label: String? = nil,
        spawnedby: String? = nil,
        agentid: String? = nil,
        search: String? = nil
    ) {
        self.limit = limit
        self.offset = offset
        self.activeminutes = activeminutes
        self.includeglobal = includeglobal
        self.includeunknown = includeunknown
        self.includederivedtitles = includederivedtitles
        self.includelastmessage = includelastmessage
        self.label = label
        self.spawnedby = spawnedby
        self.agentid = agentid
        self.search = search
    }

    private enum CodingKeys: String, CodingKey {
        case limit
        case offset
        case activeminutes = "activeMinutes"
        case includeglobal = "includeGlobal"
        case includeunknown = "includeUnknown"
        case includederivedtitles = "includeDerivedTitles"
        case includelastmessage = "includeLastMessage"
        case label
        case spawnedby = "spawnedBy"
        case agentid = "agentId"
        case search
    }
}

public struct SessionsSubscribeResult: Codable, Sendable {
    public let subscribed: Bool
    public let list: [String: AnyCodable]?

    public init(
        subscribed: Bool,
        list: [String: AnyCodable]? = nil
    ) {
        self.subscribed = subscribed
        self.list = list
    }

    private enum CodingKeys: String, CodingKey {
        case subscribed
        case list
    }
}

public struct SessionsMessagesSubscribeParams: Codable, Sendable {
    public let key: String
    public let agentid: String?
    public let includeapprovals: Bool?

    public init(
        key: String,
        agentid: String? = nil,
        includeapprovals: Bool? = nil
    ) {
        self.key = key
        self.agentid = agentid
        self.includeapprovals = includeapprovals
    }

    private enum CodingKeys: String, CodingKey {
        case key
        case agentid = "agentId"
        case includeapprovals = "includeApprovals"
    }
}

public struct SessionsMessagesSubscribeResult: Codable, Sendable {
    public let subscribed: Bool?
    public let key: String?

    public init(
        subscribed: Bool? = nil,
        key: String? = nil
    ) {
        self.subscribed = subscribed
        self.key = key
    }

    private enum CodingKeys: String, CodingKey {
        case subscribed
        case key
    }
}

public struct AgentParams: Codable, Sendable {
    public let message: String
    public let agentid: String?
    public let to: String?
    public let replyto: String?
    public let sessionid: String?
    public let sessionkey: String?
    public let thinking: String?
    public let deliver: Bool?
    public let attachments: [[String: AnyCodable]]?
    public let channel: String?
    public let replychannel: String?
    public let accountid: String?
    public let replyaccountid: String?
    public let threadid: String?
    public let groupid: String?
    public let groupchannel: String?
    public let groupspace: String?
    public let timeout: Int?
    public let lane: String?
    public let extrasystemprompt: String?
    public let idempotencykey: String
    public let label: String?
    public let spawnedby: String?
    public let provider: String?
    public let model: String?
    public let besteffortdeliver: Bool?
    public let expectedexistingsessionid: String?
    public let cwd: String?

    public init(
        message: String,
        agentid: String? = nil,
        to: String? = nil,
        replyto: String? = nil,
        sessionid: String? = nil,
        sessionkey: String? = nil,
        thinking: String? = nil,
        deliver: Bool? = nil,
        attachments: [[String: AnyCodable]]? = nil,
        channel: String? = nil,
        replychannel: String? = nil,
        accountid: String? = nil,
        replyaccountid: String? = nil,
        threadid: String? = nil,
        groupid: String? = nil,
        groupchannel: String? = nil,
        groupspace: String? = nil,
        timeout: Int? = nil,
        lane: String? = nil,
        extrasystemprompt: String? = nil,
        idempotencykey: String,
        label: String? = nil,
        spawnedby: String? = nil,
        provider: String? = nil,
        model: String? = nil,
        besteffortdeliver: Bool? = nil,
        expectedexistingsessionid: String? = nil,
        cwd: String? = nil
    ) {
        self.message = message
        self.agentid = agentid
        self.to = to
        self.replyto = replyto
        self.sessionid = sessionid
        self.sessionkey = sessionkey
        self.thinking = thinking
        self.deliver = deliver
        self.attachments = attachments
        self.channel = channel
        self.replychannel = replychannel
        self.accountid = accountid
        self.replyaccountid = replyaccountid
        self.threadid = threadid
        self.groupid = groupid
        self.groupchannel = groupchannel
        self.groupspace = groupspace
        self.timeout = timeout
        self.lane = lane
        self.extrasystemprompt = extrasystemprompt
        self.idempotencykey = idempotencykey
        self.label = label
        self.spawnedby = spawnedby
        self.provider = provider
        self.model = model
        self.besteffortdeliver = besteffortdeliver
        self.expectedexistingsessionid = expectedexistingsessionid
        self.cwd = cwd
    }

    private enum CodingKeys: String, CodingKey {
        case message
        case agentid = "agentId"
        case to
        case replyto = "replyTo"
        case sessionid = "sessionId"
        case sessionkey = "sessionKey"
        case thinking
        case deliver
        case attachments
        case channel
        case replychannel = "replyChannel"
        case accountid = "accountId"
        case replyaccountid = "replyAccountId"
        case threadid = "threadId"
        case groupid = "groupId"
        case groupchannel = "groupChannel"
        case groupspace = "groupSpace"
        case timeout
        case lane
        case extrasystemprompt = "extraSystemPrompt"
        case idempotencykey = "idempotencyKey"
        case label
        case spawnedby = "spawnedBy"
        case provider
        case model
        case besteffortdeliver = "bestEffortDeliver"
        case expectedexistingsessionid = "expectedExistingSessionId"
        case cwd
    }
}

public struct AgentWaitParams: Codable, Sendable {
    public let runid: String
    public let timeoutms: Int?

    public init(
        runid: String,
        timeoutms: Int? = nil
    ) {
        self.runid = runid
        self.timeoutms = timeoutms
    }

    private enum CodingKeys: String, CodingKey {
        case runid = "runId"
        case timeoutms = "timeoutMs"
    }
}

public struct AgentWaitResult: Codable, Sendable {
    public let runid: String
    public let status: String
    public let startedat: Int?
    public let endedat: Int?
    public let error: String?
    public let stopreason: String?

    public init(
        runid: String,
        status: String,
        startedat: Int? = nil,
        endedat: Int? = nil,
        error: String? = nil,
        stopreason: String? = nil
    ) {
        self.runid = runid
        self.status = status
        self.startedat = startedat
        self.endedat = endedat
        self.error = error
        self.stopreason = stopreason
    }

    private enum CodingKeys: String, CodingKey {
        case runid = "runId"
        case status
        case startedat = "startedAt"
        case endedat = "endedAt"
        case error
        case stopreason = "stopReason"
    }
}

public struct AgentIdentityGetParams: Codable, Sendable {
    public let agentid: String?
    public let sessionkey: String?

    public init(
        agentid: String? = nil,
        sessionkey: String? = nil
    ) {
        self.agentid = agentid
        self.sessionkey = sessionkey
    }

    private enum CodingKeys: String, CodingKey {
        case agentid = "agentId"
        case sessionkey = "sessionKey"
    }
}

public struct AgentIdentityGetResult: Codable, Sendable {
    public let agentid: String
    public let name: String?
    public let avatar: String?
    public let emoji: String?

    public init(
        agentid: String,
        name: String? = nil,
        avatar: String? = nil,
        emoji: String? = nil
    ) {
        self.agentid = agentid
        self.name = name
        self.avatar = avatar
        self.emoji = emoji
    }

    private enum CodingKeys: String, CodingKey {
        case agentid = "agentId"
        case name
        case avatar
        case emoji
    }
}

public struct ModelsListParams: Codable, Sendable {
    public init() {}
}

public struct ModelsListResult: Codable, Sendable {
    public let models: [[String: AnyCodable]]

    public init(
        models: [[String: AnyCodable]]
    ) {
        self.models = models
    }

    private enum CodingKeys: String, CodingKey {
        case models
    }
}

public struct AgentsListParams: Codable, Sendable {
    public init() {}
}

public struct AgentsListResult: Codable, Sendable {
    public let defaultid: String
    public let mainkey: String
    public let scope: String
    public let agents: [[String: AnyCodable]]

    public init(
        defaultid: String,
        mainkey: String,
        scope: String,
        agents: [[String: AnyCodable]]
    ) {
        self.defaultid = defaultid
        self.mainkey = mainkey
        self.scope = scope
        self.agents = agents
    }

    private enum CodingKeys: String, CodingKey {
        case defaultid = "defaultId"
        case mainkey = "mainKey"
        case scope
        case agents
    }
}

public struct ChatSendParams: Codable, Sendable {
    public let sessionkey: String
    public let message: String
    public let agentid: String?
    public let thinking: String?
    public let deliver: Bool?
    public let attachments: [[String: AnyCodable]]?
    public let timeoutms: Int?
    public let idempotencykey: String

    public init(
        sessionkey: String,
        message: String,
        agentid: String? = nil,
        thinking: String? = nil,
        deliver: Bool? = nil,
        attachments: [[String: AnyCodable]]? = nil,
        timeoutms: Int? = nil,
        idempotencykey: String
    ) {
        self.sessionkey = sessionkey
        self.message = message
        self.agentid = agentid
        self.thinking = thinking
        self.deliver = deliver
        self.attachments = attachments
        self.timeoutms = timeoutms
        self.idempotencykey = idempotencykey
    }

    private enum CodingKeys: String, CodingKey {
        case sessionkey = "sessionKey"
        case message
        case agentid = "agentId"
        case thinking
        case deliver
        case attachments
        case timeoutms = "timeoutMs"
        case idempotencykey = "idempotencyKey"
    }
}

public struct ChatHistoryParams: Codable, Sendable {
    public let sessionkey: String
    public let agentid: String?
    public let limit: Int?
    public let offset: Int?
    public let cursor: String?
    public let messageid: String?
    public let sessionid: String?
    public let maxchars: Int?
    public let inputrunids: [String]?

    public init(
        sessionkey: String,
        agentid: String? = nil,
        limit: Int? = nil,
        offset: Int? = nil,
        cursor: String? = nil,
        messageid: String? = nil,
        sessionid: String? = nil,
        maxchars: Int? = nil,
        inputrunids: [String]? = nil
    ) {
        self.sessionkey = sessionkey
        self.agentid = agentid
        self.limit = limit
        self.offset = offset
        self.cursor = cursor
        self.messageid = messageid
        self.sessionid = sessionid
        self.maxchars = maxchars
        self.inputrunids = inputrunids
    }

    private enum CodingKeys: String, CodingKey {
        case sessionkey = "sessionKey"
        case agentid = "agentId"
        case limit
        case offset
        case cursor
        case messageid = "messageId"
        case sessionid = "sessionId"
        case maxchars = "maxChars"
        case inputrunids = "inputRunIds"
    }
}

public struct ChatHistoryResult: Codable, Sendable {
    public let sessionkey: String
    public let sessionid: String?
    public let messages: [ChatMessage]
    public let thinkinglevel: String?
    public let verboselevel: String?
    public let pendinginputs: [[String: AnyCodable]]?
    public let sessioninfo: [String: AnyCodable]?
    public let defaults: [String: AnyCodable]?
    public let inflightrun: [String: AnyCodable]?
    public let offset: Int?
    public let nextoffset: AnyCodable?
    public let hasmore: Bool?
    public let totalmessages: Int?
    public let completesnapshot: Bool?

    public init(
        sessionkey: String,
        sessionid: String? = nil,
        messages: [ChatMessage],
        thinkinglevel: String? = nil,
        verboselevel: String? = nil,
        pendinginputs: [[String: AnyCodable]]? = nil,
        sessioninfo: [String: AnyCodable]? = nil,
        defaults: [String: AnyCodable]? = nil,
        inflightrun: [String: AnyCodable]? = nil,
        offset: Int? = nil,
        nextoffset: AnyCodable? = nil,
        hasmore: Bool? = nil,
        totalmessages: Int? = nil,
        completesnapshot: Bool? = nil
    ) {
        self.sessionkey = sessionkey
        self.sessionid = sessionid
        self.messages = messages
        self.thinkinglevel = thinkinglevel
        self.verboselevel = verboselevel
        self.pendinginputs = pendinginputs
        self.sessioninfo = sessioninfo
        self.defaults = defaults
        self.inflightrun = inflightrun
        self.offset = offset
        self.nextoffset = nextoffset
        self.hasmore = hasmore
        self.totalmessages = totalmessages
        self.completesnapshot = completesnapshot
    }

    private enum CodingKeys: String, CodingKey {
        case sessionkey = "sessionKey"
        case sessionid = "sessionId"
        case messages
        case thinkinglevel = "thinkingLevel"
        case verboselevel = "verboseLevel"
        case pendinginputs = "pendingInputs"
        case sessioninfo = "sessionInfo"
        case defaults
        case inflightrun = "inFlightRun"
        case offset
        case nextoffset = "nextOffset"
        case hasmore = "hasMore"
        case totalmessages = "totalMessages"
        case completesnapshot = "completeSnapshot"
    }
}

public struct ChatAbortParams: Codable, Sendable {
    public let sessionkey: String
    public let runid: String?
    public let agentid: String?
    public let preservesideruns: Bool?

    public init(
        sessionkey: String,
        runid: String? = nil,
        agentid: String? = nil,
        preservesideruns: Bool? = nil
    ) {
        self.sessionkey = sessionkey
        self.runid = runid
        self.agentid = agentid
        self.preservesideruns = preservesideruns
    }

    private enum CodingKeys: String, CodingKey {
        case sessionkey = "sessionKey"
        case runid = "runId"
        case agentid = "agentId"
        case preservesideruns = "preserveSideRuns"
    }
}

public struct ChatAbortResult: Codable, Sendable {
    public let ok: Bool
    public let aborted: Bool
    public let runids: [String]

    public init(
        ok: Bool,
        aborted: Bool,
        runids: [String]
    ) {
        self.ok = ok
        self.aborted = aborted
        self.runids = runids
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case aborted
        case runids = "runIds"
    }
}

public struct ChatInjectParams: Codable, Sendable {
    public let sessionkey: String
    public let message: String
    public let label: String?
    public let agentid: String?

    public init(
        sessionkey: String,
        message: String,
        label: String? = nil,
        agentid: String? = nil
    ) {
        self.sessionkey = sessionkey
        self.message = message
        self.label = label
        self.agentid = agentid
    }

    private enum CodingKeys: String, CodingKey {
        case sessionkey = "sessionKey"
        case message
        case label
        case agentid = "agentId"
    }
}

public struct ChatInjectResult: Codable, Sendable {
    public let ok: Bool
    public let messageid: String

    public init(
        ok: Bool,
        messageid: String
    ) {
        self.ok = ok
        self.messageid = messageid
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case messageid = "messageId"
    }
}

public struct SendParams: Codable, Sendable {
    public let to: String
    public let channel: String?
    public let accountid: String?
    public let threadid: String?
    public let silent: Bool?
    public let idempotencykey: String
    public let message: String?
    public let mediaurl: String?
    public let mediaurls: [String]?
    public let gifplayback: Bool?
    public let sessionkey: String?
    public let agentid: String?
    public let buffer: String?
    public let filename: String?
    public let contenttype: String?
    public let asvoice: Bool?
    public let replytoid: String?
    public let buttons: [[[String: AnyCodable]]]?
    public let forcedocument: Bool?
    public let parsemode: String?

    public init(
        to: String,
        channel: String? = nil,
        accountid: String? = nil,
        threadid: String? = nil,
        silent: Bool? = nil,
        idempotencykey: String,
        message: String? = nil,
        mediaurl: String? = nil,
        mediaurls: [String]? = nil,
        gifplayback: Bool? = nil,
        sessionkey: String? = nil,
        agentid: String? = nil,
        buffer: String? = nil,
        filename: String? = nil,
        contenttype: String? = nil,
        asvoice: Bool? = nil,
        replytoid: String? = nil,
        buttons: [[[String: AnyCodable]]]? = nil,
        forcedocument: Bool? = nil,
        parsemode: String? = nil
    ) {
        self.to = to
        self.channel = channel
        self.accountid = accountid
        self.threadid = threadid
        self.silent = silent
        self.idempotencykey = idempotencykey
        self.message = message
        self.mediaurl = mediaurl
        self.mediaurls = mediaurls
        self.gifplayback = gifplayback
        self.sessionkey = sessionkey
        self.agentid = agentid
        self.buffer = buffer
        self.filename = filename
        self.contenttype = contenttype
        self.asvoice = asvoice
        self.replytoid = replytoid
        self.buttons = buttons
        self.forcedocument = forcedocument
        self.parsemode = parsemode
    }

    private enum CodingKeys: String, CodingKey {
        case to
        case channel
        case accountid = "accountId"
        case threadid = "threadId"
        case silent
        case idempotencykey = "idempotencyKey"
        case message
        case mediaurl = "mediaUrl"
        case mediaurls = "mediaUrls"
        case gifplayback = "gifPlayback"
        case sessionkey = "sessionKey"
        case agentid = "agentId"
        case buffer
        case filename
        case contenttype = "contentType"
        case asvoice = "asVoice"
        case replytoid = "replyToId"
        case buttons
        case forcedocument = "forceDocument"
        case parsemode = "parseMode"
    }
}

public struct SendResult: Codable, Sendable {
    public let runid: String
    public let messageid: String
    public let channel: String
    public let channelid: String?
    public let tojid: String?
    public let conversationid: String?
    public let chatid: String?

    public init(
        runid: String,
        messageid: String,
        channel: String,
        channelid: String? = nil,
        tojid: String? = nil,
        conversationid: String? = nil,
        chatid: String? = nil
    ) {
        self.runid = runid
        self.messageid = messageid
        self.channel = channel
        self.channelid = channelid
        self.tojid = tojid
        self.conversationid = conversationid
        self.chatid = chatid
    }

    private enum CodingKeys: String, CodingKey {
        case runid = "runId"
        case messageid = "messageId"
        case channel
        case channelid = "channelId"
        case tojid = "toJid"
        case conversationid = "conversationId"
        case chatid = "chatId"
    }
}

public struct PollParams: Codable, Sendable {
    public let to: String
    public let channel: String?
    public let accountid: String?
    public let threadid: String?
    public let silent: Bool?
    public let idempotencykey: String
    public let question: String
    public let options: [String]
    public let maxselections: Int?
    public let durationhours: Int?
    public let durationseconds: Int?
    public let isanonymous: Bool?

    public init(
        to: String,
        channel: String? = nil,
        accountid: String? = nil,
        threadid: String? = nil,
        silent: Bool? = nil,
        idempotencykey: String,
        question: String,
        options: [String],
        maxselections: Int? = nil,
        durationhours: Int? = nil,
        durationseconds: Int? = nil,
        isanonymous: Bool? = nil
    ) {
        self.to = to
        self.channel = channel
        self.accountid = accountid
        self.threadid = threadid
        self.silent = silent
        self.idempotencykey = idempotencykey
        self.question = question
        self.options = options
        self.maxselections = maxselections
        self.durationhours = durationhours
        self.durationseconds = durationseconds
        self.isanonymous = isanonymous
    }

    private enum CodingKeys: String, CodingKey {
        case to
        case channel
        case accountid = "accountId"
        case threadid = "threadId"
        case silent
        case idempotencykey = "idempotencyKey"
        case question
        case options
        case maxselections = "maxSelections"
        case durationhours = "durationHours"
        case durationseconds = "durationSeconds"
        case isanonymous = "isAnonymous"
    }
}

public struct PollResult: Codable, Sendable {
    public let runid: String
    public let messageid: String
    public let channel: String
    public let channelid: String?
    public let tojid: String?
    public let conversationid: String?
    public let pollid: String?

    public init(
        runid: String,
        messageid: String,
        channel: String,
        channelid: String? = nil,
        tojid: String? = nil,
        conversationid: String? = nil,
        pollid: String? = nil
    ) {
        self.runid = runid
        self.messageid = messageid
        self.channel = channel
        self.channelid = channelid
        self.tojid = tojid
        self.conversationid = conversationid
        self.pollid = pollid
    }

    private enum CodingKeys: String, CodingKey {
        case runid = "runId"
        case messageid = "messageId"
        case channel
        case channelid = "channelId"
        case tojid = "toJid"
        case conversationid = "conversationId"
        case pollid = "pollId"
    }
}

public struct MessageActionParams: Codable, Sendable {
    public let channel: String
    public let accountid: String?
    public let action: String
    public let params: [String: AnyCodable]
    public let sessionkey: String?
    public let idempotencykey: String

    public init(
        channel: String,
        accountid: String? = nil,
        action: String,
        params: [String: AnyCodable],
        sessionkey: String? = nil,
        idempotencykey: String
    ) {
        self.channel = channel
        self.accountid = accountid
        self.action = action
        self.params = params
        self.sessionkey = sessionkey
        self.idempotencykey = idempotencykey
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
        case action
        case params
        case sessionkey = "sessionKey"
        case idempotencykey = "idempotencyKey"
    }
}

public struct MessageActionResult: Codable, Sendable {
    public let ok: Bool
    public let action: String
    public let channel: String
    public let messageid: String

    public init(
        ok: Bool,
        action: String,
        channel: String,
        messageid: String
    ) {
        self.ok = ok
        self.action = action
        self.channel = channel
        self.messageid = messageid
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case action
        case channel
        case messageid = "messageId"
    }
}

public struct ChannelsStatusParams: Codable, Sendable {
    public let probe: Bool?
    public let timeoutms: Int?
    public let channel: String?

    public init(
        probe: Bool? = nil,
        timeoutms: Int? = nil,
        channel: String? = nil
    ) {
        self.probe = probe
        self.timeoutms = timeoutms
        self.channel = channel
    }

    private enum CodingKeys: String, CodingKey {
        case probe
        case timeoutms = "timeoutMs"
        case channel
    }
}

public struct ChannelsStatusResult: Codable, Sendable {
    public let ts: Int
    public let channelorder: [String]
    public let channellabels: [String: String]
    public let channeldetaillabels: [String: String]
    public let channelsystemimages: [String: String]
    public let channelmeta: [[String: AnyCodable]]
    public let channels: [String: AnyCodable]
    public let channelaccounts: [String: [AccountSnapshot]]
    public let channeldefaultaccountid: [String: String]
    public let eventloop: [String: AnyCodable]?
    public let partial: Bool?
    public let warnings: [String]?

    public init(
        ts: Int,
        channelorder: [String],
        channellabels: [String: String],
        channeldetaillabels: [String: String],
        channelsystemimages: [String: String],
        channelmeta: [[String: AnyCodable]],
        channels: [String: AnyCodable],
        channelaccounts: [String: [AccountSnapshot]],
        channeldefaultaccountid: [String: String],
        eventloop: [String: AnyCodable]? = nil,
        partial: Bool? = nil,
        warnings: [String]? = nil
    ) {
        self.ts = ts
        self.channelorder = channelorder
        self.channellabels = channellabels
        self.channeldetaillabels = channeldetaillabels
        self.channelsystemimages = channelsystemimages
        self.channelmeta = channelmeta
        self.channels = channels
        self.channelaccounts = channelaccounts
        self.channeldefaultaccountid = channeldefaultaccountid
        self.eventloop = eventloop
        self.partial = partial
        self.warnings = warnings
    }

    private enum CodingKeys: String, CodingKey {
        case ts
        case channelorder = "channelOrder"
        case channellabels = "channelLabels"
        case channeldetaillabels = "channelDetailLabels"
        case channelsystemimages = "channelSystemImages"
        case channelmeta = "channelMeta"
        case channels
        case channelaccounts = "channelAccounts"
        case channeldefaultaccountid = "channelDefaultAccountId"
        case eventloop = "eventLoop"
        case partial
        case warnings
    }
}

public struct ChannelsLogoutParams: Codable, Sendable {
    public let channel: String
    public let accountid: String?

    public init(
        channel: String,
        accountid: String? = nil
    ) {
        self.channel = channel
        self.accountid = accountid
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
    }
}

public struct ChannelsLogoutResult: Codable, Sendable {
    public let channel: String
    public let accountid: String
    public let cleared: Bool
    public let loggedout: Bool?

    public init(
        channel: String,
        accountid: String,
        cleared: Bool,
        loggedout: Bool? = nil
    ) {
        self.channel = channel
        self.accountid = accountid
        self.cleared = cleared
        self.loggedout = loggedout
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
        case cleared
        case loggedout = "loggedOut"
    }
}

public struct WebLoginStartParams: Codable, Sendable {
    public let force: Bool?
    public let timeoutms: Int?
    public let verbose: Bool?
    public let accountid: String?
    public let channel: String?
    public let phonenumber: String?

    public init(
        force: Bool? = nil,
        timeoutms: Int? = nil,
        verbose: Bool? = nil,
        accountid: String? = nil,
        channel: String? = nil,
        phonenumber: String? = nil
    ) {
        self.force = force
        self.timeoutms = timeoutms
        self.verbose = verbose
        self.accountid = accountid
        self.channel = channel
        self.phonenumber = phonenumber
    }

    private enum CodingKeys: String, CodingKey {
        case force
        case timeoutms = "timeoutMs"
        case verbose
        case accountid = "accountId"
        case channel
        case phonenumber = "phoneNumber"
    }
}

public struct WebLoginStartResult: Codable, Sendable {
    public let message: String
    public let qrdataurl: String?
    public let qrtext: String?
    public let connected: Bool?

    public init(
        message: String,
        qrdataurl: String? = nil,
        qrtext: String? = nil,
        connected: Bool? = nil
    ) {
        self.message = message
        self.qrdataurl = qrdataurl
        self.qrtext = qrtext
        self.connected = connected
    }

    private enum CodingKeys: String, CodingKey {
        case message
        case qrdataurl = "qrDataUrl"
        case qrtext = "qrText"
        case connected
    }
}

public struct WebLoginWaitParams: Codable, Sendable {
    public let timeoutms: Int?
    public let accountid: String?
    public let sessionkey: String?
    public let currentqrdataurl: String?
    public let channel: String?

    public init(
        timeoutms: Int? = nil,
        accountid: String? = nil,
        sessionkey: String? = nil,
        currentqrdataurl: String? = nil,
        channel: String? = nil
    ) {
        self.timeoutms = timeoutms
        self.accountid = accountid
        self.sessionkey = sessionkey
        self.currentqrdataurl = currentqrdataurl
        self.channel = channel
    }

    private enum CodingKeys: String, CodingKey {
        case timeoutms = "timeoutMs"
        case accountid = "accountId"
        case sessionkey = "sessionKey"
        case currentqrdataurl = "currentQrDataUrl"
        case channel
    }
}

public struct WebLoginWaitResult: Codable, Sendable {
    public let message: String
    public let connected: Bool
    public let qrdataurl: String?
    public let qrtext: String?

    public init(
        message: String,
        connected: Bool,
        qrdataurl: String? = nil,
        qrtext: String? = nil
    ) {
        self.message = message
        self.connected = connected
        self.qrdataurl = qrdataurl
        self.qrtext = qrtext
    }

    private enum CodingKeys: String, CodingKey {
        case message
        case connected
        case qrdataurl = "qrDataUrl"
        case qrtext = "qrText"
    }
}

public struct ChannelsPairingListParams: Codable, Sendable {
    public let channel: String?
    public let accountid: String?
    public let approved: Bool?

    public init(
        channel: String? = nil,
        accountid: String? = nil,
        approved: Bool? = nil
    ) {
        self.channel = channel
        self.accountid = accountid
        self.approved = approved
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
        case approved
    }
}

public struct ChannelsPairingListResult: Codable, Sendable {
    public let requests: [SenderRequest]
    public let approved: [[String: AnyCodable]]?

    public init(
        requests: [SenderRequest],
        approved: [[String: AnyCodable]]? = nil
    ) {
        self.requests = requests
        self.approved = approved
    }

    private enum CodingKeys: String, CodingKey {
        case requests
        case approved
    }
}

public struct ChannelsPairingApproveParams: Codable, Sendable {
    public let channel: String
    public let accountid: String?
    public let requestid: String?
    public let code: String?
    public let notify: Bool?

    public init(
        channel: String,
        accountid: String? = nil,
        requestid: String? = nil,
        code: String? = nil,
        notify: Bool? = nil
    ) {
        self.channel = channel
        self.accountid = accountid
        self.requestid = requestid
        self.code = code
        self.notify = notify
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
        case requestid = "requestId"
        case code
        case notify
    }
}

public struct ChannelsPairingApproveResult: Codable, Sendable {
    public let channel: String
    public let id: String

    public init(
        channel: String,
        id: String
    ) {
        self.channel = channel
        self.id = id
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case id
    }
}

public struct ChannelsPairingDismissParams: Codable, Sendable {
    public let channel: String
    public let accountid: String?
    public let requestid: String

    public init(
        channel: String,
        accountid: String? = nil,
        requestid: String
    ) {
        self.channel = channel
        self.accountid = accountid
        self.requestid = requestid
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
        case requestid = "requestId"
    }
}

public struct ChannelsPairingDismissResult: Codable, Sendable {
    public let channel: String
    public let requestid: String

    public init(
        channel: String,
        requestid: String
    ) {
        self.channel = channel
        self.requestid = requestid
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case requestid = "requestId"
    }
}

public struct ChannelsPairingRevokeParams: Codable, Sendable {
    public let channel: String
    public let accountid: String?
    public let id: String

    public init(
        channel: String,
        accountid: String? = nil,
        id: String
    ) {
        self.channel = channel
        self.accountid = accountid
        self.id = id
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
        case id
    }
}

public struct ChannelsPairingRevokeResult: Codable, Sendable {
    public let channel: String
    public let id: String
    public let accountids: [String]

    public init(
        channel: String,
        id: String,
        accountids: [String]
    ) {
        self.channel = channel
        self.id = id
        self.accountids = accountids
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case id
        case accountids = "accountIds"
    }
}

public struct ChannelsStartParams: Codable, Sendable {
    public let channel: String
    public let accountid: String?

    public init(
        channel: String,
        accountid: String? = nil
    ) {
        self.channel = channel
        self.accountid = accountid
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
    }
}

public struct ChannelsStartResult: Codable, Sendable {
    public let channel: String
    public let accountid: String
    public let started: Bool

    public init(
        channel: String,
        accountid: String,
        started: Bool
    ) {
        self.channel = channel
        self.accountid = accountid
        self.started = started
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
        case started
    }
}

public struct ChannelsStopParams: Codable, Sendable {
    public let channel: String
    public let accountid: String?

    public init(
        channel: String,
        accountid: String? = nil
    ) {
        self.channel = channel
        self.accountid = accountid
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
    }
}

public struct ChannelsStopResult: Codable, Sendable {
    public let channel: String
    public let accountid: String
    public let stopped: Bool

    public init(
        channel: String,
        accountid: String,
        stopped: Bool
    ) {
        self.channel = channel
        self.accountid = accountid
        self.stopped = stopped
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
        case stopped
    }
}

public struct ChannelsDeadLettersListParams: Codable, Sendable {
    public let channel: String?
    public let accountid: String?

    public init(
        channel: String? = nil,
        accountid: String? = nil
    ) {
        self.channel = channel
        self.accountid = accountid
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
    }
}

public struct ChannelsDeadLettersListResult: Codable, Sendable {
    public let deadletters: [[String: AnyCodable]]

    public init(
        deadletters: [[String: AnyCodable]]
    ) {
        self.deadletters = deadletters
    }

    private enum CodingKeys: String, CodingKey {
        case deadletters = "deadLetters"
    }
}

public struct ChannelsDeadLettersRetryParams: Codable, Sendable {
    public let id: String

    public init(
        id: String
    ) {
        self.id = id
    }

    private enum CodingKeys: String, CodingKey {
        case id
    }
}

public struct ChannelsDeadLettersRetryResult: Codable, Sendable {
    public let id: String
    public let retried: Bool

    public init(
        id: String,
        retried: Bool
    ) {
        self.id = id
        self.retried = retried
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case retried
    }
}

public struct ChannelsDeadLettersDiscardParams: Codable, Sendable {
    public let id: String

    public init(
        id: String
    ) {
        self.id = id
    }

    private enum CodingKeys: String, CodingKey {
        case id
    }
}

public struct ChannelsDeadLettersDiscardResult: Codable, Sendable {
    public let id: String
    public let discarded: Bool

    public init(
        id: String,
        discarded: Bool
    ) {
        self.id = id
        self.discarded = discarded
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case discarded
    }
}

public struct NodeListParams: Codable, Sendable {
    public init() {}
}

public struct NodeListResult: Codable, Sendable {
    public let ts: Int
    public let nodes: [NodeRow]
    public let activenodeid: String?

    public init(
        ts: Int,
        nodes: [NodeRow],
        activenodeid: String? = nil
    ) {
        self.ts = ts
        self.nodes = nodes
        self.activenodeid = activenodeid
    }

    private enum CodingKeys: String, CodingKey {
        case ts
        case nodes
        case activenodeid = "activeNodeId"
    }
}

public struct NodeDescribeParams: Codable, Sendable {
    public let nodeid: String

    public init(
        nodeid: String
    ) {
        self.nodeid = nodeid
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
    }
}

public struct NodeDescribeResult: Codable, Sendable {
    public let ts: Int
    public let nodeid: String
    public let displayname: String?
    public let platform: String?
    public let version: String?
    public let coreversion: String?
    public let uiversion: String?
    public let devicefamily: String?
    public let modelidentifier: String?
    public let caps: [String]
    public let commands: [String]
    public let permissions: [String: Bool]?
    public let remoteip: String?
    public let pathenv: String?
    public let connectedatms: Int?
    public let paired: Bool
    public let connected: Bool
    public let lastseenatms: Int?
    public let pendingrequestid: String?
    public let approvedatms: Int?
    public let hoststats: [String: Double]?

    public init(
        ts: Int,
        nodeid: String,
        displayname: String? = nil,
        platform: String? = nil,
        version: String? = nil,
        coreversion: String? = nil,
        uiversion: String? = nil,
        devicefamily: String? = nil,
        modelidentifier: String? = nil,
        caps: [String],
        commands: [String],
        permissions: [String: Bool]? = nil,
        remoteip: String? = nil,
        pathenv: String? = nil,
        connectedatms: Int? = nil,
        paired: Bool,
        connected: Bool,
        lastseenatms: Int? = nil,
        pendingrequestid: String? = nil,
        approvedatms: Int? = nil,
        hoststats: [String: Double]? = nil
    ) {
        self.ts = ts
        self.nodeid = nodeid
        self.displayname = displayname
        self.platform = platform
        self.version = version
        self.coreversion = coreversion
        self.uiversion = uiversion
        self.devicefamily = devicefamily
        self.modelidentifier = modelidentifier
        self.caps = caps
        self.commands = commands
        self.permissions = permissions
        self.remoteip = remoteip
        self.pathenv = pathenv
        self.connectedatms = connectedatms
        self.paired = paired
        self.connected = connected
        self.lastseenatms = lastseenatms
        self.pendingrequestid = pendingrequestid
        self.approvedatms = approvedatms
        self.hoststats = hoststats
    }

    private enum CodingKeys: String, CodingKey {
        case ts
        case nodeid = "nodeId"
        case displayname = "displayName"
        case platform
        case version
        case coreversion = "coreVersion"
        case uiversion = "uiVersion"
        case devicefamily = "deviceFamily"
        case modelidentifier = "modelIdentifier"
        case caps
        case commands
        case permissions
        case remoteip = "remoteIp"
        case pathenv = "pathEnv"
        case connectedatms = "connectedAtMs"
        case paired
        case connected
        case lastseenatms = "lastSeenAtMs"
        case pendingrequestid = "pendingRequestId"
        case approvedatms = "approvedAtMs"
        case hoststats = "hostStats"
    }
}

public struct NodeRenameParams: Codable, Sendable {
    public let nodeid: String
    public let displayname: String

    public init(
        nodeid: String,
        displayname: String
    ) {
        self.nodeid = nodeid
        self.displayname = displayname
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case displayname = "displayName"
    }
}

public struct NodeRenameResult: Codable, Sendable {
    public let nodeid: String
    public let displayname: String

    public init(
        nodeid: String,
        displayname: String
    ) {
        self.nodeid = nodeid
        self.displayname = displayname
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case displayname = "displayName"
    }
}

public struct NodeInvokeParams: Codable, Sendable {
    public let nodeid: String
    public let command: String
    public let params: AnyCodable?
    public let timeoutms: Int?
    public let idempotencykey: String
    public let sessionkey: String?
    public let askapproval: Bool?

    public init(
        nodeid: String,
        command: String,
        params: AnyCodable? = nil,
        timeoutms: Int? = nil,
        idempotencykey: String,
        sessionkey: String? = nil,
        askapproval: Bool? = nil
    ) {
        self.nodeid = nodeid
        self.command = command
        self.params = params
        self.timeoutms = timeoutms
        self.idempotencykey = idempotencykey
        self.sessionkey = sessionkey
        self.askapproval = askapproval
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case command
        case params
        case timeoutms = "timeoutMs"
        case idempotencykey = "idempotencyKey"
        case sessionkey = "sessionKey"
        case askapproval = "askApproval"
    }
}

public struct NodeInvokeResult: Codable, Sendable {
    public let ok: Bool
    public let nodeid: String
    public let command: String
    public let payload: AnyCodable?
    public let payloadjson: AnyCodable

    public init(
        ok: Bool,
        nodeid: String,
        command: String,
        payload: AnyCodable? = nil,
        payloadjson: AnyCodable
    ) {
        self.ok = ok
        self.nodeid = nodeid
        self.command = command
        self.payload = payload
        self.payloadjson = payloadjson
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case nodeid = "nodeId"
        case command
        case payload
        case payloadjson = "payloadJSON"
    }
}

public struct NodePendingEnqueueParams: Codable, Sendable {
    public let nodeid: String
    public let command: String
    public let params: AnyCodable?
    public let expiresinms: Int?

    public init(
        nodeid: String,
        command: String,
        params: AnyCodable? = nil,
        expiresinms: Int? = nil
    ) {
        self.nodeid = nodeid
        self.command = command
        self.params = params
        self.expiresinms = expiresinms
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case command
        case params
        case expiresinms = "expiresInMs"
    }
}

public struct NodePendingEnqueueResult: Codable, Sendable {
    public let nodeid: String
    public let queued: [String: AnyCodable]

    public init(
        nodeid: String,
        queued: [String: AnyCodable]
    ) {
        self.nodeid = nodeid
        self.queued = queued
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case queued
    }
}

public struct NodePairRequestParams: Codable, Sendable {
    public let nodeid: String
    public let displayname: String?
    public let platform: String?
    public let version: String?
    public let coreversion: String?
    public let uiversion: String?
    public let devicefamily: String?
    public let modelidentifier: String?
    public let caps: [String]?
    public let commands: [String]?
    public let remoteip: String?
    public let silent: Bool?

    public init(
        nodeid: String,
        displayname: String? = nil,
        platform: String? = nil,
        version: String? = nil,
        coreversion: String? = nil,
        uiversion: String? = nil,
        devicefamily: String? = nil,
        modelidentifier: String? = nil,
        caps: [String]? = nil,
        commands: [String]? = nil,
        remoteip: String? = nil,
        silent: Bool? = nil
    ) {
        self.nodeid = nodeid
        self.displayname = displayname
        self.platform = platform
        self.version = version
        self.coreversion = coreversion
        self.uiversion = uiversion
        self.devicefamily = devicefamily
        self.modelidentifier = modelidentifier
        self.caps = caps
        self.commands = commands
        self.remoteip = remoteip
        self.silent = silent
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case displayname = "displayName"
        case platform
        case version
        case coreversion = "coreVersion"
        case uiversion = "uiVersion"
        case devicefamily = "deviceFamily"
        case modelidentifier = "modelIdentifier"
        case caps
        case commands
        case remoteip = "remoteIp"
        case silent
    }
}

public struct NodePairRequestResult: Codable, Sendable {
    public let status: String
    public let request: [String: AnyCodable]
    public let created: Bool

    public init(
        status: String,
        request: [String: AnyCodable],
        created: Bool
    ) {
        self.status = status
        self.request = request
        self.created = created
    }

    private enum CodingKeys: String, CodingKey {
        case status
        case request
        case created
    }
}

public struct NodePairListParams: Codable, Sendable {
    public init() {}
}

public struct NodePairListResult: Codable, Sendable {
    public let pending: [[String: AnyCodable]]
    public let paired: [[String: AnyCodable]]

    public init(
        pending: [[String: AnyCodable]],
        paired: [[String: AnyCodable]]
    ) {
        self.pending = pending
        self.paired = paired
    }

    private enum CodingKeys: String, CodingKey {
        case pending
        case paired
    }
}

public struct NodePairApproveParams: Codable, Sendable {
    public let requestid: String

    public init(
        requestid: String
    ) {
        self.requestid = requestid
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
    }
}

public struct NodePairApproveResult: Codable, Sendable {
    public let requestid: String
    public let node: [String: AnyCodable]

    public init(
        requestid: String,
        node: [String: AnyCodable]
    ) {
        self.requestid = requestid
        self.node = node
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case node
    }
}

public struct NodePairRejectParams: Codable, Sendable {
    public let requestid: String

    public init(
        requestid: String
    ) {
        self.requestid = requestid
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
    }
}

public struct NodePairRejectResult: Codable, Sendable {
    public let requestid: String
    public let nodeid: String

    public init(
        requestid: String,
        nodeid: String
    ) {
        self.requestid = requestid
        self.nodeid = nodeid
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case nodeid = "nodeId"
    }
}

public struct NodePairVerifyParams: Codable, Sendable {
    public let nodeid: String
    public let token: String

    public init(
        nodeid: String,
        token: String
    ) {
        self.nodeid = nodeid
        self.token = token
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case token
    }
}

public struct NodePairVerifyResult: Codable, Sendable {
    public let ok: Bool
    public let node: [String: AnyCodable]?

    public init(
        ok: Bool,
        node: [String: AnyCodable]? = nil
    ) {
        self.ok = ok
        self.node = node
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case node
    }
}

public struct NodePairRemoveParams: Codable, Sendable {
    public let nodeid: String

    public init(
        nodeid: String
    ) {
        self.nodeid = nodeid
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
    }
}

public struct NodePairRemoveResult: Codable, Sendable {
    public let nodeid: String

    public init(
        nodeid: String
    ) {
        self.nodeid = nodeid
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
    }
}

public struct NodeInvokeResultParams: Codable, Sendable {
    public let id: String
    public let nodeid: String
    public let ok: Bool
    public let payload: AnyCodable?
    public let payloadjson: AnyCodable?
    public let error: AnyCodable?

    public init(
        id: String,
        nodeid: String,
        ok: Bool,
        payload: AnyCodable? = nil,
        payloadjson: AnyCodable? = nil,
        error: AnyCodable? = nil
    ) {
        self.id = id
        self.nodeid = nodeid
        self.ok = ok
        self.payload = payload
        self.payloadjson = payloadjson
        self.error = error
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case nodeid = "nodeId"
        case ok
        case payload
        case payloadjson = "payloadJSON"
        case error
    }
}

public struct NodeInvokeResultResult: Codable, Sendable {
    public let ok: Bool
    public let ignored: Bool?

    public init(
        ok: Bool,
        ignored: Bool? = nil
    ) {
        self.ok = ok
        self.ignored = ignored
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case ignored
    }
}

public struct NodeInvokeProgressParams: Codable, Sendable {
    public let invokeid: String
    public let nodeid: String
    public let seq: Int
    public let chunk: String

    public init(
        invokeid: String,
        nodeid: String,
        seq: Int,
        chunk: String
    ) {
        self.invokeid = invokeid
        self.nodeid = nodeid
        self.seq = seq
        self.chunk = chunk
    }

    private enum CodingKeys: String, CodingKey {
        case invokeid = "invokeId"
        case nodeid = "nodeId"
        case seq
        case chunk
    }
}

public struct NodeInvokeProgressResult: Codable, Sendable {
    public let ok: Bool
    public let ignored: Bool?

    public init(
        ok: Bool,
        ignored: Bool? = nil
    ) {
        self.ok = ok
        self.ignored = ignored
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case ignored
    }
}

public struct NodeEventParams: Codable, Sendable {
    public let event: String
    public let payload: AnyCodable?
    public let payloadjson: AnyCodable?

    public init(
        event: String,
        payload: AnyCodable? = nil,
        payloadjson: AnyCodable? = nil
    ) {
        self.event = event
        self.payload = payload
        self.payloadjson = payloadjson
    }

    private enum CodingKeys: String, CodingKey {
        case event
        case payload
        case payloadjson = "payloadJSON"
    }
}

public struct NodeEventResult: Codable, Sendable {
    public let ok: Bool
    public let event: String?
    public let handled: Bool?
    public let reason: String?

    public init(
        ok: Bool,
        event: String? = nil,
        handled: Bool? = nil,
        reason: String? = nil
    ) {
        self.ok = ok
        self.event = event
        self.handled = handled
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case event
        case handled
        case reason
    }
}

public struct NodePendingPullParams: Codable, Sendable {
    public init() {}
}

public struct NodePendingPullResult: Codable, Sendable {
    public let nodeid: String
    public let actions: [[String: AnyCodable]]

    public init(
        nodeid: String,
        actions: [[String: AnyCodable]]
    ) {
        self.nodeid = nodeid
        self.actions = actions
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case actions
    }
}

public struct NodePendingAckParams: Codable, Sendable {
    public let ids: [String]

    public init(
        ids: [String]
    ) {
        self.ids = ids
    }

    private enum CodingKeys: String, CodingKey {
        case ids
    }
}

public struct NodePendingAckResult: Codable, Sendable {
    public let nodeid: String
    public let ackedids: [String]
    public let remainingcount: Int

    public init(
        nodeid: String,
        ackedids: [String],
        remainingcount: Int
    ) {
        self.nodeid = nodeid
        self.ackedids = ackedids
        self.remainingcount = remainingcount
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case ackedids = "ackedIds"
        case remainingcount = "remainingCount"
    }
}

public struct NodePendingDrainParams: Codable, Sendable {
    public let maxitems: Int?

    public init(
        maxitems: Int? = nil
    ) {
        self.maxitems = maxitems
    }

    private enum CodingKeys: String, CodingKey {
        case maxitems = "maxItems"
    }
}

public struct NodePendingDrainResult: Codable, Sendable {
    public let nodeid: String
    public let actions: [[String: AnyCodable]]

    public init(
        nodeid: String,
        actions: [[String: AnyCodable]]
    ) {
        self.nodeid = nodeid
        self.actions = actions
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case actions
    }
}

public struct NodePluginSurfaceRefreshParams: Codable, Sendable {
    public let surface: String
    public let observedurl: String?

    public init(
        surface: String,
        observedurl: String? = nil
    ) {
        self.surface = surface
        self.observedurl = observedurl
    }

    private enum CodingKeys: String, CodingKey {
        case surface
        case observedurl = "observedUrl"
    }
}

public struct NodePluginSurfaceRefreshResult: Codable, Sendable {
    public let surface: String
    public let pluginsurfaceurls: [String: String]
    public let expiresatms: Int

    public init(
        surface: String,
        pluginsurfaceurls: [String: String],
        expiresatms: Int
    ) {
        self.surface = surface
        self.pluginsurfaceurls = pluginsurfaceurls
        self.expiresatms = expiresatms
    }

    private enum CodingKeys: String, CodingKey {
        case surface
        case pluginsurfaceurls = "pluginSurfaceUrls"
        case expiresatms = "expiresAtMs"
    }
}

public struct NodeCanvasCapabilityRefreshParams: Codable, Sendable {
    public init() {}
}

public struct NodeCanvasCapabilityRefreshResult: Codable, Sendable {
    public let canvascapability: String
    public let canvascapabilityexpiresatms: Int
    public let canvashosturl: String

    public init(
        canvascapability: String,
        canvascapabilityexpiresatms: Int,
        canvashosturl: String
    ) {
        self.canvascapability = canvascapability
        self.canvascapabilityexpiresatms = canvascapabilityexpiresatms
        self.canvashosturl = canvashosturl
    }

    private enum CodingKeys: String, CodingKey {
        case canvascapability = "canvasCapability"
        case canvascapabilityexpiresatms = "canvasCapabilityExpiresAtMs"
        case canvashosturl = "canvasHostUrl"
    }
}

public struct SkillsBinsParams: Codable, Sendable {
    public init() {}
}

public struct SkillsBinsResult: Codable, Sendable {
    public let bins: [String]

    public init(
        bins: [String]
    ) {
        self.bins = bins
    }

    private enum CodingKeys: String, CodingKey {
        case bins
    }
}

public struct ExecApprovalRequestParams: Codable, Sendable {
    public let id: String?
    public let command: String
    public let cwd: AnyCodable?
    public let host: AnyCodable?
    public let security: AnyCodable?
    public let ask: AnyCodable?
    public let agentid: AnyCodable?
    public let resolvedpath: AnyCodable?
    public let sessionkey: AnyCodable?
    public let timeoutms: Int?
    public let commandargv: AnyCodable?
    public let nodeid: AnyCodable?
    public let env: AnyCodable?

    public init(
        id: String? = nil,
        command: String,
        cwd: AnyCodable? = nil,
        host: AnyCodable? = nil,
        security: AnyCodable? = nil,
        ask: AnyCodable? = nil,
        agentid: AnyCodable? = nil,
        resolvedpath: AnyCodable? = nil,
        sessionkey: AnyCodable? = nil,
        timeoutms: Int? = nil,
        commandargv: AnyCodable? = nil,
        nodeid: AnyCodable? = nil,
        env: AnyCodable? = nil
    ) {
        self.id = id
        self.command = command
        self.cwd = cwd
        self.host = host
        self.security = security
        self.ask = ask
        self.agentid = agentid
        self.resolvedpath = resolvedpath
        self.sessionkey = sessionkey
        self.timeoutms = timeoutms
        self.commandargv = commandargv
        self.nodeid = nodeid
        self.env = env
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case command
        case cwd
        case host
        case security
        case ask
        case agentid = "agentId"
        case resolvedpath = "resolvedPath"
        case sessionkey = "sessionKey"
        case timeoutms = "timeoutMs"
        case commandargv = "commandArgv"
        case nodeid = "nodeId"
        case env
    }
}

public struct ExecApprovalRequestResult: Codable, Sendable {
    public let id: String
    public let decision: AnyCodable
    public let createdatms: Int
    public let expiresatms: Int

    public init(
        id: String,
        decision: AnyCodable,
        createdatms: Int,
        expiresatms: Int
    ) {
        self.id = id
        self.decision = decision
        self.createdatms = createdatms
        self.expiresatms = expiresatms
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case decision
        case createdatms = "createdAtMs"
        case expiresatms = "expiresAtMs"
    }
}

public struct ExecApprovalListParams: Codable, Sendable {
    public init() {}
}

public struct ExecApprovalListResult: Codable, Sendable {
    public let approvals: [ExecApprovalRequestedEvent]

    public init(
        approvals: [ExecApprovalRequestedEvent]
    ) {
        self.approvals = approvals
    }

    private enum CodingKeys: String, CodingKey {
        case approvals
    }
}

public struct ExecApprovalResolveParams: Codable, Sendable {
    public let id: String
    public let decision: String

    public init(
        id: String,
        decision: String
    ) {
        self.id = id
        self.decision = decision
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case decision
    }
}

public struct ExecApprovalResolveResult: Codable, Sendable {
    public let ok: Bool

    public init(
        ok: Bool
    ) {
        self.ok = ok
    }

    private enum CodingKeys: String, CodingKey {
        case ok
    }
}

public struct ExecApprovalsGetParams: Codable, Sendable {
    public init() {}
}

public struct ExecApprovalsGetResult: Codable, Sendable {
    public let path: String
    public let exists: Bool
    public let hash: String
    public let file: [String: AnyCodable]

    public init(
        path: String,
        exists: Bool,
        hash: String,
        file: [String: AnyCodable]
    ) {
        self.path = path
        self.exists = exists
        self.hash = hash
        self.file = file
    }

    private enum CodingKeys: String, CodingKey {
        case path
        case exists
        case hash
        case file
    }
}

public struct ExecApprovalsSetParams: Codable, Sendable {
    public let file: [String: AnyCodable]
    public let basehash: String?

    public init(
        file: [String: AnyCodable],
        basehash: String? = nil
    ) {
        self.file = file
        self.basehash = basehash
    }

    private enum CodingKeys: String, CodingKey {
        case file
        case basehash = "baseHash"
    }
}

public struct ExecApprovalsSetResult: Codable, Sendable {
    public let path: String
    public let exists: Bool
    public let hash: String
    public let file: [String: AnyCodable]

    public init(
        path: String,
        exists: Bool,
        hash: String,
        file: [String: AnyCodable]
    ) {
        self.path = path
        self.exists = exists
        self.hash = hash
        self.file = file
    }

    private enum CodingKeys: String, CodingKey {
        case path
        case exists
        case hash
        case file
    }
}

public struct ExecApprovalsNodeGetParams: Codable, Sendable {
    public let nodeid: String

    public init(
        nodeid: String
    ) {
        self.nodeid = nodeid
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
    }
}

public struct ExecApprovalsNodeGetResult: Codable, Sendable {
    public let path: String
    public let exists: Bool
    public let hash: String
    public let file: [String: AnyCodable]

    public init(
        path: String,
        exists: Bool,
        hash: String,
        file: [String: AnyCodable]
    ) {
        self.path = path
        self.exists = exists
        self.hash = hash
        self.file = file
    }

    private enum CodingKeys: String, CodingKey {
        case path
        case exists
        case hash
        case file
    }
}

public struct ExecApprovalsNodeSetParams: Codable, Sendable {
    public let nodeid: String
    public let file: [String: AnyCodable]
    public let basehash: String?

    public init(
        nodeid: String,
        file: [String: AnyCodable],
        basehash: String? = nil
    ) {
        self.nodeid = nodeid
        self.file = file
        self.basehash = basehash
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case file
        case basehash = "baseHash"
    }
}

public struct ExecApprovalsNodeSetResult: Codable, Sendable {
    public let path: String
    public let exists: Bool
    public let hash: String
    public let file: [String: AnyCodable]

    public init(
        path: String,
        exists: Bool,
        hash: String,
        file: [String: AnyCodable]
    ) {
        self.path = path
        self.exists = exists
        self.hash = hash
        self.file = file
    }

    private enum CodingKeys: String, CodingKey {
        case path
        case exists
        case hash
        case file
    }
}

public struct CronListParams: Codable, Sendable {
    public let includedisabled: Bool?
    public let limit: Int?
    public let offset: Int?
    public let query: String?
    public let agentid: String?
    public let sessionkey: String?
    public let enabled: String?
    public let schedulekind: String?
    public let lastrunstatus: String?
    public let sortby: String?
    public let sortdir: String?

    public init(
        includedisabled: Bool? = nil,
        limit: Int? = nil,
        offset: Int? = nil,
        query: String? = nil,
        agentid: String? = nil,
        sessionkey: String? = nil,
        enabled: String? = nil,
        schedulekind: String? = nil,
        lastrunstatus: String? = nil,
        sortby: String? = nil,
        sortdir: String? = nil
    ) {
        self.includedisabled = includedisabled
        self.limit = limit
        self.offset = offset
        self.query = query
        self.agentid = agentid
        self.sessionkey = sessionkey
        self.enabled = enabled
        self.schedulekind = schedulekind
        self.lastrunstatus = lastrunstatus
        self.sortby = sortby
        self.sortdir = sortdir
    }

    private enum CodingKeys: String, CodingKey {
        case includedisabled = "includeDisabled"
        case limit
        case offset
        case query
        case agentid = "agentId"
        case sessionkey = "sessionKey"
        case enabled
        case schedulekind = "scheduleKind"
        case lastrunstatus = "lastRunStatus"
        case sortby = "sortBy"
        case sortdir = "sortDir"
    }
}

public struct CronListResult: Codable, Sendable {
    public let jobs: [CronJob]
    public let total: Int?
    public let offset: Int?
    public let limit: Int?
    public let hasmore: Bool?
    public let nextoffset: AnyCodable?

    public init(
        jobs: [CronJob],
        total: Int? = nil,
        offset: Int? = nil,
        limit: Int? = nil,
        hasmore: Bool? = nil,
        nextoffset: AnyCodable? = nil
    ) {
        self.jobs = jobs
        self.total = total
        self.offset = offset
        self.limit = limit
        self.hasmore = hasmore
        self.nextoffset = nextoffset
    }

    private enum CodingKeys: String, CodingKey {
        case jobs
        case total
        case offset
        case limit
        case hasmore = "hasMore"
        case nextoffset = "nextOffset"
    }
}

public struct CronStatusParams: Codable, Sendable {
    public init() {}
}

public struct CronStatusResult: Codable, Sendable {
    public let enabled: Bool
    public let storepath: String
    public let jobs: Int
    public let nextwakeatms: AnyCodable?

    public init(
        enabled: Bool,
        storepath: String,
        jobs: Int,
        nextwakeatms: AnyCodable? = nil
    ) {
        self.enabled = enabled
        self.storepath = storepath
        self.jobs = jobs
        self.nextwakeatms = nextwakeatms
    }

    private enum CodingKeys: String, CodingKey {
        case enabled
        case storepath = "storePath"
        case jobs
        case nextwakeatms = "nextWakeAtMs"
    }
}

public struct CronGetParams: Codable, Sendable {
    public let id: String?
    public let jobid: String?

    public init(
        id: String? = nil,
        jobid: String? = nil
    ) {
        self.id = id
        self.jobid = jobid
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case jobid = "jobId"
    }
}

public struct CronGetResult: Codable, Sendable {
    public let id: String
    public let name: String
    public let agentid: String?
    public let description: String?
    public let enabled: Bool
    public let deleteafterrun: Bool?
    public let createdatms: Int
    public let updatedatms: Int
    public let schedule: CronSchedule
    public let sessiontarget: String
    public let wakemode: String
    public let payload: CronPayload
    public let isolation: [String: AnyCodable]?
    public let delivery: [String: AnyCodable]?
    public let sessionkey: String?
    public let state: [String: AnyCodable]

    public init(
        id: String,
        name: String,
        agentid: String? = nil,
        description: String? = nil,
        enabled: Bool,
        deleteafterrun: Bool? = nil,
        createdatms: Int,
        updatedatms: Int,
        schedule: CronSchedule,
        sessiontarget: String,
        wakemode: String,
        payload: CronPayload,
        isolation: [String: AnyCodable]? = nil,
        delivery: [String: AnyCodable]? = nil,
        sessionkey: String? = nil,
        state: [String: AnyCodable]
    ) {
        self.id = id
        self.name = name
        self.agentid = agentid
        self.description = description
        self.enabled = enabled
        self.deleteafterrun = deleteafterrun
        self.createdatms = createdatms
        self.updatedatms = updatedatms
        self.schedule = schedule
        self.sessiontarget = sessiontarget
        self.wakemode = wakemode
        self.payload = payload
        self.isolation = isolation
        self.delivery = delivery
        self.sessionkey = sessionkey
        self.state = state
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case agentid = "agentId"
        case description
        case enabled
        case deleteafterrun = "deleteAfterRun"
        case createdatms = "createdAtMs"
        case updatedatms = "updatedAtMs"
        case schedule
        case sessiontarget = "sessionTarget"
        case wakemode = "wakeMode"
        case payload
        case isolation
        case delivery
        case sessionkey = "sessionKey"
        case state
    }
}

public struct CronAddParams: Codable, Sendable {
    public let agentid: AnyCodable?
    public let description: String?
    public let enabled: Bool?
    public let deleteafterrun: Bool?
    public let isolation: [String: AnyCodable]?
    public let sessionkey: AnyCodable?
    public let name: String
    public let schedule: CronSchedule
    public let sessiontarget: String?
    public let wakemode: String?
    public let payload: CronPayload
    public let delivery: [String: AnyCodable]?

    public init(
        agentid: AnyCodable? = nil,
        description: String? = nil,
        enabled: Bool? = nil,
        deleteafterrun: Bool? = nil,
        isolation: [String: AnyCodable]? = nil,
        sessionkey: AnyCodable? = nil,
        name: String,
        schedule: CronSchedule,
        sessiontarget: String? = nil,
        wakemode: String? = nil,
        payload: CronPayload,
        delivery: [String: AnyCodable]? = nil
    ) {
        self.agentid = agentid
        self.description = description
        self.enabled = enabled
        self.deleteafterrun = deleteafterrun
        self.isolation = isolation
        self.sessionkey = sessionkey
        self.name = name
        self.schedule = schedule
        self.sessiontarget = sessiontarget
        self.wakemode = wakemode
        self.payload = payload
        self.delivery = delivery
    }

    private enum CodingKeys: String, CodingKey {
        case agentid = "agentId"
        case description
        case enabled
        case deleteafterrun = "deleteAfterRun"
        case isolation
        case sessionkey = "sessionKey"
        case name
        case schedule
        case sessiontarget = "sessionTarget"
        case wakemode = "wakeMode"
        case payload
        case delivery
    }
}

public struct CronAddResult: Codable, Sendable {
    public let id: String
    public let name: String
    public let agentid: String?
    public let description: String?
    public let enabled: Bool
    public let deleteafterrun: Bool?
    public let createdatms: Int
    public let updatedatms: Int
    public let schedule: CronSchedule
    public let sessiontarget: String
    public let wakemode: String
    public let payload: CronPayload
    public let isolation: [String: AnyCodable]?
    public let delivery: [String: AnyCodable]?
    public let sessionkey: String?
    public let state: [String: AnyCodable]

    public init(
        id: String,
        name: String,
        agentid: String? = nil,
        description: String? = nil,
        enabled: Bool,
        deleteafterrun: Bool? = nil,
        createdatms: Int,
        updatedatms: Int,
        schedule: CronSchedule,
        sessiontarget: String,
        wakemode: String,
        payload: CronPayload,
        isolation: [String: AnyCodable]? = nil,
        delivery: [String: AnyCodable]? = nil,
        sessionkey: String? = nil,
        state: [String: AnyCodable]
    ) {
        self.id = id
        self.name = name
        self.agentid = agentid
        self.description = description
        self.enabled = enabled
        self.deleteafterrun = deleteafterrun
        self.createdatms = createdatms
        self.updatedatms = updatedatms
        self.schedule = schedule
        self.sessiontarget = sessiontarget
        self.wakemode = wakemode
        self.payload = payload
        self.isolation = isolation
        self.delivery = delivery
        self.sessionkey = sessionkey
        self.state = state
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case agentid = "agentId"
        case description
        case enabled
        case deleteafterrun = "deleteAfterRun"
        case createdatms = "createdAtMs"
        case updatedatms = "updatedAtMs"
        case schedule
        case sessiontarget = "sessionTarget"
        case wakemode = "wakeMode"
        case payload
        case isolation
        case delivery
        case sessionkey = "sessionKey"
        case state
    }
}

public struct CronUpdateParams: Codable, Sendable {
    public let id: String?
    public let jobid: String?
    public let patch: [String: AnyCodable]

    public init(
        id: String? = nil,
        jobid: String? = nil,
        patch: [String: AnyCodable]
    ) {
        self.id = id
        self.jobid = jobid
        self.patch = patch
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case jobid = "jobId"
        case patch
    }
}

public struct CronUpdateResult: Codable, Sendable {
    public let id: String
    public let name: String
    public let agentid: String?
    public let description: String?
    public let enabled: Bool
    public let deleteafterrun: Bool?
    public let createdatms: Int
    public let updatedatms: Int
    public let schedule: CronSchedule
    public let sessiontarget: String
    public let wakemode: String
    public let payload: CronPayload
    public let isolation: [String: AnyCodable]?
    public let delivery: [String: AnyCodable]?
    public let sessionkey: String?
    public let state: [String: AnyCodable]

    public init(
        id: String,
        name: String,
        agentid: String? = nil,
        description: String? = nil,
        enabled: Bool,
        deleteafterrun: Bool? = nil,
        createdatms: Int,
        updatedatms: Int,
        schedule: CronSchedule,
        sessiontarget: String,
        wakemode: String,
        payload: CronPayload,
        isolation: [String: AnyCodable]? = nil,
        delivery: [String: AnyCodable]? = nil,
        sessionkey: String? = nil,
        state: [String: AnyCodable]
    ) {
        self.id = id
        self.name = name
        self.agentid = agentid
        self.description = description
        self.enabled = enabled
        self.deleteafterrun = deleteafterrun
        self.createdatms = createdatms
        self.updatedatms = updatedatms
        self.schedule = schedule
        self.sessiontarget = sessiontarget
        self.wakemode = wakemode
        self.payload = payload
        self.isolation = isolation
        self.delivery = delivery
        self.sessionkey = sessionkey
        self.state = state
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case name
        case agentid = "agentId"
        case description
        case enabled
        case deleteafterrun = "deleteAfterRun"
        case createdatms = "createdAtMs"
        case updatedatms = "updatedAtMs"
        case schedule
        case sessiontarget = "sessionTarget"
        case wakemode = "wakeMode"
        case payload
        case isolation
        case delivery
        case sessionkey = "sessionKey"
        case state
    }
}

public struct CronRemoveParams: Codable, Sendable {
    public let id: String?
    public let jobid: String?

    public init(
        id: String? = nil,
        jobid: String? = nil
    ) {
        self.id = id
        self.jobid = jobid
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case jobid = "jobId"
    }
}

public struct CronRemoveResult: Codable, Sendable {
    public let ok: Bool
    public let removed: Bool

    public init(
        ok: Bool,
        removed: Bool
    ) {
        self.ok = ok
        self.removed = removed
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case removed
    }
}

public struct CronRunParams: Codable, Sendable {
    public let id: String?
    public let jobid: String?
    public let mode: String?

    public init(
        id: String? = nil,
        jobid: String? = nil,
        mode: String? = nil
    ) {
        self.id = id
        self.jobid = jobid
        self.mode = mode
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case jobid = "jobId"
        case mode
    }
}

public struct CronRunResult: Codable, Sendable {
    public let ok: Bool
    public let ran: Bool
    public let reason: String?
    public let runid: String?

    public init(
        ok: Bool,
        ran: Bool,
        reason: String? = nil,
        runid: String? = nil
    ) {
        self.ok = ok
        self.ran = ran
        self.reason = reason
        self.runid = runid
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case ran
        case reason
        case runid = "runId"
    }
}

public struct CronRunsParams: Codable, Sendable {
    public let id: String?
    public let jobid: String?
    public let limit: Int?
    public let offset: Int?
    public let scope: String?
    public let runid: String?
    public let status: String?
    public let statuses: [String]?
    public let query: String?
    public let sortdir: String?

    public init(
        id: String? = nil,
        jobid: String? = nil,
        limit: Int? = nil,
        offset: Int? = nil,
        scope: String? = nil,
        runid: String? = nil,
        status: String? = nil,
        statuses: [String]? = nil,
        query: String? = nil,
        sortdir: String? = nil
    ) {
        self.id = id
        self.jobid = jobid
        self.limit = limit
        self.offset = offset
        self.scope = scope
        self.runid = runid
        self.status = status
        self.statuses = statuses
        self.query = query
        self.sortdir = sortdir
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case jobid = "jobId"
        case limit
        case offset
        case scope
        case runid = "runId"
        case status
        case statuses
        case query
        case sortdir = "sortDir"
    }
}

public struct CronRunsResult: Codable, Sendable {
    public let entries: [[String: AnyCodable]]
    public let total: Int?
    public let offset: Int?
    public let limit: Int?
    public let hasmore: Bool?
    public let nextoffset: AnyCodable?

    public init(
        entries: [[String: AnyCodable]],
        total: Int? = nil,
        offset: Int? = nil,
        limit: Int? = nil,
        hasmore: Bool? = nil,
        nextoffset: AnyCodable? = nil
    ) {
        self.entries = entries
        self.total = total
        self.offset = offset
        self.limit = limit
        self.hasmore = hasmore
        self.nextoffset = nextoffset
    }

    private enum CodingKeys: String, CodingKey {
        case entries
        case total
        case offset
        case limit
        case hasmore = "hasMore"
        case nextoffset = "nextOffset"
    }
}

public struct VoicewakeGetParams: Codable, Sendable {
    public init() {}
}

public struct VoicewakeGetResult: Codable, Sendable {
    public let triggers: [String]

    public init(
        triggers: [String]
    ) {
        self.triggers = triggers
    }

    private enum CodingKeys: String, CodingKey {
        case triggers
    }
}

public struct VoicewakeSetParams: Codable, Sendable {
    public let triggers: [String]

    public init(
        triggers: [String]
    ) {
        self.triggers = triggers
    }

    private enum CodingKeys: String, CodingKey {
        case triggers
    }
}

public struct VoicewakeSetResult: Codable, Sendable {
    public let triggers: [String]

    public init(
        triggers: [String]
    ) {
        self.triggers = triggers
    }

    private enum CodingKeys: String, CodingKey {
        case triggers
    }
}

public struct TalkModeParams: Codable, Sendable {
    public let enabled: Bool
    public let phase: String?

    public init(
        enabled: Bool,
        phase: String? = nil
    ) {
        self.enabled = enabled
        self.phase = phase
    }

    private enum CodingKeys: String, CodingKey {
        case enabled
        case phase
    }
}

public struct TalkModeResult: Codable, Sendable {
    public let enabled: Bool
    public let phase: AnyCodable
    public let ts: Int

    public init(
        enabled: Bool,
        phase: AnyCodable,
        ts: Int
    ) {
        self.enabled = enabled
        self.phase = phase
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case enabled
        case phase
        case ts
    }
}

public struct ProxyCheckBeginParams: Codable, Sendable {
    public init() {}
}

public struct ProxyCheckBeginResult: Codable, Sendable {
    public let ticket: String
    public let path: String
    public let expiresatms: Int

    public init(
        ticket: String,
        path: String,
        expiresatms: Int
    ) {
        self.ticket = ticket
        self.path = path
        self.expiresatms = expiresatms
    }

    private enum CodingKeys: String, CodingKey {
        case ticket
        case path
        case expiresatms = "expiresAtMs"
    }
}

public struct ProxyCheckReadParams: Codable, Sendable {
    public let ticket: String

    public init(
        ticket: String
    ) {
        self.ticket = ticket
    }

    private enum CodingKeys: String, CodingKey {
        case ticket
    }
}

public struct ProxyCheckReadResult: Codable, Sendable {
    public let sightings: [[String: AnyCodable]]

    public init(
        sightings: [[String: AnyCodable]]
    ) {
        self.sightings = sightings
    }

    private enum CodingKeys: String, CodingKey {
        case sightings
    }
}

public struct ConnectChallengeEvent: Codable, Sendable {
    public let nonce: String
    public let ts: Int

    public init(
        nonce: String,
        ts: Int
    ) {
        self.nonce = nonce
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case nonce
        case ts
    }
}

public struct TickEvent: Codable, Sendable {
    public let ts: Int

    public init(
        ts: Int
    ) {
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case ts
    }
}

public struct HealthEvent: Codable, Sendable {
    public let ok: Bool
    public let ts: Int
    public let durationms: Int
    public let channels: [String: AnyCodable]
    public let channelorder: [String]
    public let channellabels: [String: String]
    public let heartbeatseconds: Int
    public let defaultagentid: String
    public let agents: [[String: AnyCodable]]
    public let sessions: [String: AnyCodable]

    public init(
        ok: Bool,
        ts: Int,
        durationms: Int,
        channels: [String: AnyCodable],
        channelorder: [String],
        channellabels: [String: String],
        heartbeatseconds: Int,
        defaultagentid: String,
        agents: [[String: AnyCodable]],
        sessions: [String: AnyCodable]
    ) {
        self.ok = ok
        self.ts = ts
        self.durationms = durationms
        self.channels = channels
        self.channelorder = channelorder
        self.channellabels = channellabels
        self.heartbeatseconds = heartbeatseconds
        self.defaultagentid = defaultagentid
        self.agents = agents
        self.sessions = sessions
    }

    private enum CodingKeys: String, CodingKey {
        case ok
        case ts
        case durationms = "durationMs"
        case channels
        case channelorder = "channelOrder"
        case channellabels = "channelLabels"
        case heartbeatseconds = "heartbeatSeconds"
        case defaultagentid = "defaultAgentId"
        case agents
        case sessions
    }
}

public struct HeartbeatEvent: Codable, Sendable {
    public let ts: Int
    public let status: AnyCodable
    public let reason: String?
    public let durationms: Int?
    public let channel: String?
    public let to: String?
    public let preview: String?
    public let hasmedia: Bool?
    public let silent: Bool?
    public let indicatortype: AnyCodable?

    public init(
        ts: Int,
        status: AnyCodable,
        reason: String? = nil,
        durationms: Int? = nil,
        channel: String? = nil,
        to: String? = nil,
        preview: String? = nil,
        hasmedia: Bool? = nil,
        silent: Bool? = nil,
        indicatortype: AnyCodable? = nil
    ) {
        self.ts = ts
        self.status = status
        self.reason = reason
        self.durationms = durationms
        self.channel = channel
        self.to = to
        self.preview = preview
        self.hasmedia = hasmedia
        self.silent = silent
        self.indicatortype = indicatortype
    }

    private enum CodingKeys: String, CodingKey {
        case ts
        case status
        case reason
        case durationms = "durationMs"
        case channel
        case to
        case preview
        case hasmedia = "hasMedia"
        case silent
        case indicatortype = "indicatorType"
    }
}

public struct ShutdownEvent: Codable, Sendable {
    public let reason: String
    public let restartexpectedms: AnyCodable?

    public init(
        reason: String,
        restartexpectedms: AnyCodable? = nil
    ) {
        self.reason = reason
        self.restartexpectedms = restartexpectedms
    }

    private enum CodingKeys: String, CodingKey {
        case reason
        case restartexpectedms = "restartExpectedMs"
    }
}

public struct PresenceEvent: Codable, Sendable {
    public let presence: [PresenceEntry]

    public init(
        presence: [PresenceEntry]
    ) {
        self.presence = presence
    }

    private enum CodingKeys: String, CodingKey {
        case presence
    }
}

public struct AgentEvent: Codable, Sendable {
    public let runid: String
    public let seq: Int
    public let stream: String
    public let ts: Int
    public let data: [String: AnyCodable]
    public let sessionkey: String?
    public let agentid: String?
    public let sessionid: String?
    public let spawnedby: String?
    public let isheartbeat: Bool?

    public init(
        runid: String,
        seq: Int,
        stream: String,
        ts: Int,
        data: [String: AnyCodable],
        sessionkey: String? = nil,
        agentid: String? = nil,
        sessionid: String? = nil,
        spawnedby: String? = nil,
        isheartbeat: Bool? = nil
    ) {
        self.runid = runid
        self.seq = seq
        self.stream = stream
        self.ts = ts
        self.data = data
        self.sessionkey = sessionkey
        self.agentid = agentid
        self.sessionid = sessionid
        self.spawnedby = spawnedby
        self.isheartbeat = isheartbeat
    }

    private enum CodingKeys: String, CodingKey {
        case runid = "runId"
        case seq
        case stream
        case ts
        case data
        case sessionkey = "sessionKey"
        case agentid = "agentId"
        case sessionid = "sessionId"
        case spawnedby = "spawnedBy"
        case isheartbeat = "isHeartbeat"
    }
}

public struct ChatEvent: Codable, Sendable {
    public let runid: String
    public let sessionkey: String
    public let seq: Int
    public let state: String
    public let agentid: String?
    public let message: ChatMessage?
    public let deltatext: String?
    public let replace: Bool?
    public let errormessage: String?
    public let errorkind: String?
    public let errordetail: [String: AnyCodable]?
    public let usage: [String: AnyCodable]?
    public let stopreason: String?
    public let phase: String?

    public init(
        runid: String,
        sessionkey: String,
        seq: Int,
        state: String,
        agentid: String? = nil,
        message: ChatMessage? = nil,
        deltatext: String? = nil,
        replace: Bool? = nil,
        errormessage: String? = nil,
        errorkind: String? = nil,
        errordetail: [String: AnyCodable]? = nil,
        usage: [String: AnyCodable]? = nil,
        stopreason: String? = nil,
        phase: String? = nil
    ) {
        self.runid = runid
        self.sessionkey = sessionkey
        self.seq = seq
        self.state = state
        self.agentid = agentid
        self.message = message
        self.deltatext = deltatext
        self.replace = replace
        self.errormessage = errormessage
        self.errorkind = errorkind
        self.errordetail = errordetail
        self.usage = usage
        self.stopreason = stopreason
        self.phase = phase
    }

    private enum CodingKeys: String, CodingKey {
        case runid = "runId"
        case sessionkey = "sessionKey"
        case seq
        case state
        case agentid = "agentId"
        case message
        case deltatext = "deltaText"
        case replace
        case errormessage = "errorMessage"
        case errorkind = "errorKind"
        case errordetail = "errorDetail"
        case usage
        case stopreason = "stopReason"
        case phase
    }
}

public struct CronEvent: Codable, Sendable {
    public let jobid: String
    public let action: String
    public let runatms: Int?
    public let durationms: Int?
    public let status: String?
    public let error: String?
    public let summary: String?
    public let nextrunatms: Int?

    public init(
        jobid: String,
        action: String,
        runatms: Int? = nil,
        durationms: Int? = nil,
        status: String? = nil,
        error: String? = nil,
        summary: String? = nil,
        nextrunatms: Int? = nil
    ) {
        self.jobid = jobid
        self.action = action
        self.runatms = runatms
        self.durationms = durationms
        self.status = status
        self.error = error
        self.summary = summary
        self.nextrunatms = nextrunatms
    }

    private enum CodingKeys: String, CodingKey {
        case jobid = "jobId"
        case action
        case runatms = "runAtMs"
        case durationms = "durationMs"
        case status
        case error
        case summary
        case nextrunatms = "nextRunAtMs"
    }
}

public struct VoicewakeChangedEvent: Codable, Sendable {
    public let triggers: [String]

    public init(
        triggers: [String]
    ) {
        self.triggers = triggers
    }

    private enum CodingKeys: String, CodingKey {
        case triggers
    }
}

public struct TalkModeEvent: Codable, Sendable {
    public let enabled: Bool
    public let phase: AnyCodable
    public let ts: Int

    public init(
        enabled: Bool,
        phase: AnyCodable,
        ts: Int
    ) {
        self.enabled = enabled
        self.phase = phase
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case enabled
        case phase
        case ts
    }
}

public struct ConfigChangedEvent: Codable, Sendable {
    public let path: String
    public let hash: String
    public let ts: Int

    public init(
        path: String,
        hash: String,
        ts: Int
    ) {
        self.path = path
        self.hash = hash
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case path
        case hash
        case ts
    }
}

public struct DevicePairRequestedEvent: Codable, Sendable {
    public let requestid: String
    public let deviceid: String
    public let publickey: String
    public let displayname: String?
    public let platform: String?
    public let devicefamily: String?
    public let clientid: String?
    public let clientmode: String?
    public let role: String?
    public let roles: [String]?
    public let scopes: [String]?
    public let remoteip: String?
    public let silent: Bool?
    public let isrepair: Bool?
    public let ts: Int

    public init(
        requestid: String,
        deviceid: String,
        publickey: String,
        displayname: String? = nil,
        platform: String? = nil,
        devicefamily: String? = nil,
        clientid: String? = nil,
        clientmode: String? = nil,
        role: String? = nil,
        roles: [String]? = nil,
        scopes: [String]? = nil,
        remoteip: String? = nil,
        silent: Bool? = nil,
        isrepair: Bool? = nil,
        ts: Int
    ) {
        self.requestid = requestid
        self.deviceid = deviceid
        self.publickey = publickey
        self.displayname = displayname
        self.platform = platform
        self.devicefamily = devicefamily
        self.clientid = clientid
        self.clientmode = clientmode
        self.role = role
        self.roles = roles
        self.scopes = scopes
        self.remoteip = remoteip
        self.silent = silent
        self.isrepair = isrepair
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case deviceid = "deviceId"
        case publickey = "publicKey"
        case displayname = "displayName"
        case platform
        case devicefamily = "deviceFamily"
        case clientid = "clientId"
        case clientmode = "clientMode"
        case role
        case roles
        case scopes
        case remoteip = "remoteIp"
        case silent
        case isrepair = "isRepair"
        case ts
    }
}

public struct DevicePairResolvedEvent: Codable, Sendable {
    public let requestid: String
    public let deviceid: String
    public let decision: String
    public let ts: Int

    public init(
        requestid: String,
        deviceid: String,
        decision: String,
        ts: Int
    ) {
        self.requestid = requestid
        self.deviceid = deviceid
        self.decision = decision
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case deviceid = "deviceId"
        case decision
        case ts
    }
}

public struct DevicePairSetupCompletedEvent: Codable, Sendable {
    public let setupid: String
    public let deviceid: String
    public let devicename: String?
    public let access: String
    public let ts: Int

    public init(
        setupid: String,
        deviceid: String,
        devicename: String? = nil,
        access: String,
        ts: Int
    ) {
        self.setupid = setupid
        self.deviceid = deviceid
        self.devicename = devicename
        self.access = access
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case setupid = "setupId"
        case deviceid = "deviceId"
        case devicename = "deviceName"
        case access
        case ts
    }
}

public struct ChannelPairRequestedEvent: Codable, Sendable {
    public let requestid: String
    public let channel: String
    public let accountid: String?
    public let id: String
    public let code: String?
    public let createdat: String
    public let lastseenat: String?
    public let meta: [String: AnyCodable]?

    public init(
        requestid: String,
        channel: String,
        accountid: String? = nil,
        id: String,
        code: String? = nil,
        createdat: String,
        lastseenat: String? = nil,
        meta: [String: AnyCodable]? = nil
    ) {
        self.requestid = requestid
        self.channel = channel
        self.accountid = accountid
        self.id = id
        self.code = code
        self.createdat = createdat
        self.lastseenat = lastseenat
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case channel
        case accountid = "accountId"
        case id
        case code
        case createdat = "createdAt"
        case lastseenat = "lastSeenAt"
        case meta
    }
}

public struct ChannelPairResolvedEvent: Codable, Sendable {
    public let channel: String
    public let accountid: String?
    public let requestid: String
    public let decision: String
    public let ts: Int

    public init(
        channel: String,
        accountid: String? = nil,
        requestid: String,
        decision: String,
        ts: Int
    ) {
        self.channel = channel
        self.accountid = accountid
        self.requestid = requestid
        self.decision = decision
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case channel
        case accountid = "accountId"
        case requestid = "requestId"
        case decision
        case ts
    }
}

public struct NodePairRequestedEvent: Codable, Sendable {
    public let requestid: String
    public let nodeid: String
    public let displayname: String?
    public let platform: String?
    public let version: String?
    public let coreversion: String?
    public let uiversion: String?
    public let devicefamily: String?
    public let modelidentifier: String?
    public let caps: [String]?
    public let commands: [String]?
    public let permissions: [String: Bool]?
    public let remoteip: String?
    public let silent: Bool?
    public let isrepair: Bool?
    public let ts: Int

    public init(
        requestid: String,
        nodeid: String,
        displayname: String? = nil,
        platform: String? = nil,
        version: String? = nil,
        coreversion: String? = nil,
        uiversion: String? = nil,
        devicefamily: String? = nil,
        modelidentifier: String? = nil,
        caps: [String]? = nil,
        commands: [String]? = nil,
        permissions: [String: Bool]? = nil,
        remoteip: String? = nil,
        silent: Bool? = nil,
        isrepair: Bool? = nil,
        ts: Int
    ) {
        self.requestid = requestid
        self.nodeid = nodeid
        self.displayname = displayname
        self.platform = platform
        self.version = version
        self.coreversion = coreversion
        self.uiversion = uiversion
        self.devicefamily = devicefamily
        self.modelidentifier = modelidentifier
        self.caps = caps
        self.commands = commands
        self.permissions = permissions
        self.remoteip = remoteip
        self.silent = silent
        self.isrepair = isrepair
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case nodeid = "nodeId"
        case displayname = "displayName"
        case platform
        case version
        case coreversion = "coreVersion"
        case uiversion = "uiVersion"
        case devicefamily = "deviceFamily"
        case modelidentifier = "modelIdentifier"
        case caps
        case commands
        case permissions
        case remoteip = "remoteIp"
        case silent
        case isrepair = "isRepair"
        case ts
    }
}

public struct NodePairResolvedEvent: Codable, Sendable {
    public let requestid: String
    public let nodeid: String
    public let decision: String
    public let ts: Int

    public init(
        requestid: String,
        nodeid: String,
        decision: String,
        ts: Int
    ) {
        self.requestid = requestid
        self.nodeid = nodeid
        self.decision = decision
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case requestid = "requestId"
        case nodeid = "nodeId"
        case decision
        case ts
    }
}

public struct ExecApprovalRequestedEvent: Codable, Sendable {
    public let id: String
    public let request: [String: AnyCodable]
    public let createdatms: Int
    public let expiresatms: Int

    public init(
        id: String,
        request: [String: AnyCodable],
        createdatms: Int,
        expiresatms: Int
    ) {
        self.id = id
        self.request = request
        self.createdatms = createdatms
        self.expiresatms = expiresatms
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case request
        case createdatms = "createdAtMs"
        case expiresatms = "expiresAtMs"
    }
}

public struct ExecApprovalResolvedEvent: Codable, Sendable {
    public let id: String
    public let decision: String
    public let resolvedby: AnyCodable?
    public let ts: Int

    public init(
        id: String,
        decision: String,
        resolvedby: AnyCodable? = nil,
        ts: Int
    ) {
        self.id = id
        self.decision = decision
        self.resolvedby = resolvedby
        self.ts = ts
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case decision
        case resolvedby = "resolvedBy"
        case ts
    }
}

public struct NodeSurfaceChangedEvent: Codable, Sendable {
    public let nodeid: String
    public let caps: [String]
    public let commands: [String]
    public let pendingrequestid: String?

    public init(
        nodeid: String,
        caps: [String],
        commands: [String],
        pendingrequestid: String? = nil
    ) {
        self.nodeid = nodeid
        self.caps = caps
        self.commands = commands
        self.pendingrequestid = pendingrequestid
    }

    private enum CodingKeys: String, CodingKey {
        case nodeid = "nodeId"
        case caps
        case commands
        case pendingrequestid = "pendingRequestId"
    }
}

public struct NodeInvokeRequestEvent: Codable, Sendable {
    public let id: String
    public let nodeid: String
    public let command: String
    public let paramsjson: AnyCodable?
    public let timeoutms: Int?
    public let idempotencykey: String?
    public let sessionkey: String?

    public init(
        id: String,
        nodeid: String,
        command: String,
        paramsjson: AnyCodable? = nil,
        timeoutms: Int? = nil,
        idempotencykey: String? = nil,
        sessionkey: String? = nil
    ) {
        self.id = id
        self.nodeid = nodeid
        self.command = command
        self.paramsjson = paramsjson
        self.timeoutms = timeoutms
        self.idempotencykey = idempotencykey
        self.sessionkey = sessionkey
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case nodeid = "nodeId"
        case command
        case paramsjson = "paramsJSON"
        case timeoutms = "timeoutMs"
        case idempotencykey = "idempotencyKey"
        case sessionkey = "sessionKey"
    }
}

public struct NodeInvokeCancelEvent: Codable, Sendable {
    public let invokeid: String
    public let nodeid: String

    public init(
        invokeid: String,
        nodeid: String
    ) {
        self.invokeid = invokeid
        self.nodeid = nodeid
    }

    private enum CodingKeys: String, CodingKey {
        case invokeid = "invokeId"
        case nodeid = "nodeId"
    }
}

public struct NodeInvokeProgressEvent: Codable, Sendable {
    public let invokeid: String
    public let nodeid: String
    public let command: String
    public let idempotencykey: String
    public let seq: Int
    public let chunk: String

    public init(
        invokeid: String,
        nodeid: String,
        command: String,
        idempotencykey: String,
        seq: Int,
        chunk: String
    ) {
        self.invokeid = invokeid
        self.nodeid = nodeid
        self.command = command
        self.idempotencykey = idempotencykey
        self.seq = seq
        self.chunk = chunk
    }

    private enum CodingKeys: String, CodingKey {
        case invokeid = "invokeId"
        case nodeid = "nodeId"
        case command
        case idempotencykey = "idempotencyKey"
        case seq
        case chunk
    }
}

public typealias SystemPresenceResult = [PresenceEntry]

public typealias LastHeartbeatResult = HeartbeatEvent?

public typealias ChatSendResult = AnyCodable

public enum CronSchedule: Codable, Sendable {
    case at(CronScheduleAt)
    case every(CronScheduleEvery)
    case cron(CronScheduleCron)

    private enum CodingKeys: String, CodingKey {
        case kind
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let form = try container.decode(String.self, forKey: .kind)
        switch form {
        case "at": self = .at(try CronScheduleAt(from: decoder))
        case "every": self = .every(try CronScheduleEvery(from: decoder))
        case "cron": self = .cron(try CronScheduleCron(from: decoder))
        default:
            throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "unknown kind: \(form)")
        }
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
        case let .at(value): try value.encode(to: encoder)
        case let .every(value): try value.encode(to: encoder)
        case let .cron(value): try value.encode(to: encoder)
        }
    }
}

public enum CronPayload: Codable, Sendable {
    case systemEvent(CronPayloadSystemEvent)
    case agentTurn(CronPayloadAgentTurn)

    private enum CodingKeys: String, CodingKey {
        case kind
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let form = try container.decode(String.self, forKey: .kind)
        switch form {
        case "systemEvent": self = .systemEvent(try CronPayloadSystemEvent(from: decoder))
        case "agentTurn": self = .agentTurn(try CronPayloadAgentTurn(from: decoder))
        default:
            throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "unknown kind: \(form)")
        }
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
        case let .systemEvent(value): try value.encode(to: encoder)
        case let .agentTurn(value): try value.encode(to: encoder)
        }
    }
}

public enum AgentResult: Codable, Sendable {
    case accepted(AgentAccepted)
    case inFlight(AgentInFlight)
    case final(AgentFinal)

    private enum CodingKeys: String, CodingKey {
        case status
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let form = try container.decode(String.self, forKey: .status)
        switch form {
        case "accepted": self = .accepted(try AgentAccepted(from: decoder))
        case "in_flight": self = .inFlight(try AgentInFlight(from: decoder))
        case "ok", "error", "timeout": self = .final(try AgentFinal(from: decoder))
        default:
            throw DecodingError.dataCorruptedError(forKey: .status, in: container, debugDescription: "unknown status: \(form)")
        }
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
        case let .accepted(value): try value.encode(to: encoder)
        case let .inFlight(value): try value.encode(to: encoder)
        case let .final(value): try value.encode(to: encoder)
        }
    }
}

public enum GatewayFrame: Codable, Sendable {
    case req(RequestFrame)
    case res(ResponseFrame)
    case event(EventFrame)
    case unknown(type: String, raw: [String: AnyCodable])

    private enum CodingKeys: String, CodingKey {
        case type
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let type = try container.decode(String.self, forKey: .type)
        switch type {
        case "req": self = .req(try RequestFrame(from: decoder))
        case "res": self = .res(try ResponseFrame(from: decoder))
        case "event": self = .event(try EventFrame(from: decoder))
        default:
            let raw = try decoder.singleValueContainer().decode([String: AnyCodable].self)
            self = .unknown(type: type, raw: raw)
        }
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
        case let .req(value): try value.encode(to: encoder)
        case let .res(value): try value.encode(to: encoder)
        case let .event(value): try value.encode(to: encoder)
        case let .unknown(_, raw):
            var container = encoder.singleValueContainer()
            try container.encode(raw)
        }
    }
}
