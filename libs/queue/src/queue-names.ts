/** The queues of a deployment. A job is a wake-up: it carries the id of a row in Postgres, which is the truth, and nothing else. */
export const QUEUE_NAMES = ['calls', 'sessions', 'workflows', 'detection', 'maintenance'] as const
export type QueueName = (typeof QUEUE_NAMES)[number]

/** Begins the name of jobs that a schedule adds. */
export const REPEATED = 'every:'
