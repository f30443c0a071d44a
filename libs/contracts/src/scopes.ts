/** Scopes that mean something to the hub itself. Spokes name scopes of their own in their operations' access control. */
export const SCOPES = {
  /** Attach a spoke and register its operations. */
  SPOKES_ATTACH: 'spokes:attach',
  SPOKES_READ: 'spokes:read',
  /** Disconnect spokes. */
  SPOKES_WRITE: 'spokes:write',
  KEYS_READ: 'keys:read',
  KEYS_WRITE: 'keys:write',
  CLIENTS_READ: 'clients:read',
  CLIENTS_WRITE: 'clients:write',
  /** Read calls of other accounts; those of one's own need no scope. */
  CALLS_READ: 'calls:read',
  /** Abort calls of other accounts; those of one's own need no scope. */
  CALLS_ABORT: 'calls:abort',
  TASKS_READ: 'tasks:read',
  TASKS_WRITE: 'tasks:write',
  /** Use models through `/v1`. */
  INFERENCE_USE: 'inference:use',
} as const
export type Scope = (typeof SCOPES)[keyof typeof SCOPES]
