/**
 * The state of the connection to an outside service. `connecting`: being opened, or lost for less than the grace period; its operations are
 * listed and expected back. `failed`: lost for longer; the hub keeps trying.
 */
export const ClientConnectionStatus = {
  CONNECTING: 'connecting',
  CONNECTED: 'connected',
  FAILED: 'failed',
} as const
export type ClientConnectionStatus =
  (typeof ClientConnectionStatus)[keyof typeof ClientConnectionStatus]
