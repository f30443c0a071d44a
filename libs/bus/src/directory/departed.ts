import type { DirectoryEntry } from '../directory.ts'

/** True when every spoke that registered the operation is disconnected. A suspended one may reconnect. */
export function isDeparted({ providers }: Pick<DirectoryEntry, 'providers'>): boolean {
  return providers.length > 0 && providers.every(({ status }) => status === 'inactive')
}

/** True when the operation has providers, and none of them takes calls now. */
export function isUnavailable({ providers }: Pick<DirectoryEntry, 'providers'>): boolean {
  return providers.length > 0 && providers.every(({ status }) => status !== 'active')
}
