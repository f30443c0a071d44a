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
  /** Read calls of accounts in the own organizations (admins: of all); those of one's own need no scope. */
  CALLS_READ: 'calls:read',
  /** Abort calls of accounts in the own organizations (admins: of all); those of one's own need no scope. */
  CALLS_ABORT: 'calls:abort',
  /** Queue calls that the hub makes later, with the rights of the key. */
  CALLS_ENQUEUE: 'calls:enqueue',
  TASKS_READ: 'tasks:read',
  TASKS_WRITE: 'tasks:write',
  ACCOUNTS_READ: 'accounts:read',
  /** Change accounts; those of others only from an account whose access level is `admin`. */
  ACCOUNTS_WRITE: 'accounts:write',
  ORGS_READ: 'orgs:read',
  ORGS_WRITE: 'orgs:write',
  PROJECTS_READ: 'projects:read',
  PROJECTS_WRITE: 'projects:write',
  ROLES_READ: 'roles:read',
  /** Change roles, which count everywhere; only from an account whose access level is `admin`. */
  ROLES_WRITE: 'roles:write',
  /** Read what one's account did, what happened in organizations that it administers, or all for an `admin`. */
  AUDIT_READ: 'audit:read',
  /** Read how many requests are left. */
  LIMITS_READ: 'limits:read',
  /** Set limits of keys, accounts and organizations; only from an account whose access level is `admin`. */
  LIMITS_WRITE: 'limits:write',
  /** Use models through `/v1`. */
  INFERENCE_USE: 'inference:use',
} as const
export type Scope = (typeof SCOPES)[keyof typeof SCOPES]
