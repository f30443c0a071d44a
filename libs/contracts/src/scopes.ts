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
  /** Make and change schedules, which queue calls with the rights of the key. */
  SCHEDULES_WRITE: 'schedules:write',
  /** Read webhooks and their deliveries. */
  WEBHOOKS_READ: 'webhooks:read',
  /** Register, test and delete webhooks, and repeat their deliveries. */
  WEBHOOKS_WRITE: 'webhooks:write',
  /** Read sessions, approvals and findings of the own organizations; those of one's own need no scope. */
  SESSIONS_READ: 'sessions:read',
  /** Create sessions, prompt, stop and change them. */
  SESSIONS_WRITE: 'sessions:write',
  /** Answer approvals. */
  SESSIONS_APPROVE: 'sessions:approve',
  /** Create sessions below one's own, message and abort them. */
  COORD_WRITE: 'coord:write',
  /** Read workflows, and runs of the own account and of projects that it may see. */
  WORKFLOWS_READ: 'workflows:read',
  /** Create workflows, and start and change runs, whose steps are calls with the rights of the key. */
  WORKFLOWS_WRITE: 'workflows:write',
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
  /** Read what calls of models used and cost: those of one's account, of organizations that it administers, or all for an `admin`. */
  USAGE_READ: 'usage:read',
  /** Read budgets. */
  BUDGETS_READ: 'budgets:read',
  /** Set budgets: those of one's own keys, or all for an account whose access level is `admin`. */
  BUDGETS_WRITE: 'budgets:write',
  /** Use models through `/v1`. */
  INFERENCE_USE: 'inference:use',
  /** Read the state of the processes, the database and Redis of the hub. */
  SYSTEM_READ: 'system:read',
} as const
export type Scope = (typeof SCOPES)[keyof typeof SCOPES]
