/** Version of the frames on `/ws` (`protocol` in `hub.register`). */
export const PROTOCOL_VERSION = 1

/** The subprotocol of `/ws`; a browser offers it together with `bearer.<key>`. */
export const SUBPROTOCOL = 'alkhub.v1'
export const BEARER_SUBPROTOCOL_PREFIX = 'bearer.'

/** On an upgrade that a gateway passes on: its instance id, so that its sockets are asked to move when it drains. */
export const RELAY_HEADER = 'x-alkhub-relay'

/** Version of the messages between services over Redis. A process drops messages of another version and counts them. */
export const BUS_WIRE_VERSION = 2

/** Frames of the call protocol, in either direction. */
export const CALL_EVENTS = [
  'call.requested',
  'call.responded',
  'call.completed',
  'call.aborted',
  'call.error',
  'call.credit',
] as const
export type CallEventName = (typeof CALL_EVENTS)[number]

/** Frames that only the hub sends on its own account. */
export const HUB_FRAMES = ['hub.alive', 'hub.draining'] as const
export type HubFrameName = (typeof HUB_FRAMES)[number]

/** Frame by which a spoke says whether its program takes what the hub sends; sent by its socket thread when that changes. */
export const RESPONSIVE_FRAME = 'hub.responsive'

/** What a spoke calls on its own socket; not operations of the registry. */
export const SOCKET_OPERATIONS = ['hub.register', 'hub.unregister'] as const
export type SocketOperationName = (typeof SOCKET_OPERATIONS)[number]

/** Close codes of `/ws`. */
export const CLOSE_CODES = {
  DONE: 1000,
  DRAINED: 1001,
  BAD_FRAME: 1008,
  FRAME_TOO_LARGE: 1009,
  OVERLOADED: 1013,
  KEY_NO_LONGER_VALID: 4401,
  SILENT: 4408,
  REPLACED: 4409,
} as const
/** What a close with 4409 says: who is to blame that this socket is not the spoke's any more. */
export const REPLACED_REASONS = {
  TAKEN_OVER: 'attached elsewhere',
  DISCONNECTED: 'disconnected by an operator',
} as const
export type CloseCode = (typeof CLOSE_CODES)[keyof typeof CLOSE_CODES]
