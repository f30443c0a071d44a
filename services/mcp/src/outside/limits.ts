/** Milliseconds of the lease on a connection, by the clock of the database. */
export const LEASE_MS = 6000
/** Milliseconds between two readings of the clients, and between two renewals. */
export const SWEEP_MS = 1000
/** Milliseconds for closing all connections when the process stops. */
export const STOP_MS = 4000
/** Milliseconds for connecting and the first list of tools. */
export const CONNECT_MS = 20_000
/** How long a lost service is expected back: its operations are suspended meanwhile, and inactive afterwards. */
export const GRACE_MS = 15_000
/** Milliseconds between two lists of tools of a service that reports no change. */
export const REFRESH_MS = 60_000
/** The same for an OpenAPI document. */
export const DOCUMENT_REFRESH_MS = 600_000
/** Milliseconds between two lists of a service that reports changes without end. */
export const MIN_REFRESH_MS = 2000
/** Milliseconds to which the time between two registrations of a service grows whose tools keep changing. */
export const MAX_CHANGE_DELAY_MS = 60_000
/** Milliseconds without a change after which the next one is registered at once again. */
export const CHANGE_QUIET_MS = 300_000
/** Milliseconds of the first delay before another attempt, and of the longest one. */
export const RETRY_BASE_MS = 500
export const RETRY_CAP_MS = 60_000
/** A connection that lasted so long resets the delays. */
export const STABLE_MS = 30_000
/** Tools or paths of one service that become operations. */
export const MAX_OPERATIONS = 2000
/** Bytes of one schema, and of all definitions of a service, as JSON. */
export const MAX_SCHEMA_BYTES = 128 * 1024
export const MAX_DEFINITIONS_BYTES = 16 * 1024 * 1024
/** Calls of one service that run at a time. */
export const MAX_IN_FLIGHT = 128
/** Bytes of an answer, and of one stream of events. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024
export const MAX_STREAM_BYTES = 64 * 1024 * 1024
/** Milliseconds of one call without a message of the service, unless the client's config says otherwise. */
export const CALL_TIMEOUT_MS = 30_000
/** Units of about 0.1 ms: a schema that takes longer to compile is checked by the service alone. */
export const MAX_SCHEMA_COST = 2000
/** Characters of a stored error. */
export const MAX_ERROR_CHARS = 500
